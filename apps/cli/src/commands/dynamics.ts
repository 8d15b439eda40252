import { buildCommand, type Command } from '@stricli/core'
import { dynamicsFlags } from '../config/dynamics.js'
import type { CliContext } from '../context.js'
import type { DynamicsFlags } from '../dynamics/command.js'
import { switchFlag, textFlag, textFlags } from './flags.js'

export const dynamicsCommand: Command<CliContext> = buildCommand<DynamicsFlags, [], CliContext>({
  // Loaded when it is called: `ntk --help` need not read the engine and the figures.
  loader: async () => (await import('../dynamics/command.js')).runDynamicsCommand,
  parameters: {
    flags: {
      config: textFlag('Settings from a YAML, TOML or JSON file; flags win over it', 'file'),
      network: textFlag('Network spec from a YAML, TOML or JSON file', 'file'),
      ...textFlags(dynamicsFlags),
      limit: {
        kind: 'boolean',
        optional: true,
        withNegated: false,
        brief: 'Also predict training to the end, t = Infinity',
      },
      resume: textFlag('Go on with the run in this folder', 'dir'),
      schema: switchFlag('Print the JSON Schema of the config file and stop'),
      json: switchFlag('Print one JSON object and nothing else on stdout'),
    },
  },
  docs: {
    brief: 'Train a network and its linearization and predict both from kernels',
    fullDescription: [
      'Trains a network on a data set and its linearization beside it, predicts both in closed form from the',
      'empirical and the infinite-width kernel, and leaves runs/<id>/ with metrics, figures and report.html.',
      '',
      'EXAMPLES',
      '  ntk dynamics',
      '  ntk dynamics --data mnist --hidden 1024,1024,1024 --widths 256,512,1024,2048',
      '  ntk dynamics --network net.json --steps 500 --learning-rate 0.5',
      '  ntk dynamics --config job.yaml --seed 7 --json',
      '  ntk dynamics --resume runs/20260102-030405-1a2b3c',
    ].join('\n'),
  },
})
