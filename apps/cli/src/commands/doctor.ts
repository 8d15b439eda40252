import { buildCommand, type Command } from '@stricli/core'
import type { CliContext } from '../context.js'
import type { DoctorFlags } from '../doctor/command.js'
import { switchFlag } from './flags.js'

export const doctorCommand: Command<CliContext> = buildCommand<DoctorFlags, [], CliContext>({
  loader: async () => (await import('../doctor/command.js')).runDoctorCommand,
  parameters: { flags: { json: switchFlag('Print one JSON object and nothing else on stdout') } },
  docs: {
    brief: 'Say what the engine found on this machine and check that it computes well',
    fullDescription: [
      'Prints the engine in use (WebAssembly, BLAS library with its core type and threads, worker threads), Node,',
      'memory, the cache folder and optional packages, and checks a matrix product for speed and accuracy.',
      '',
      'EXAMPLES',
      '  ntk doctor',
      '  NTK_BLAS=off ntk doctor --json',
    ].join('\n'),
  },
})
