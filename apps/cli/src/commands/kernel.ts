import { buildCommand, type Command } from '@stricli/core'
import { kernelFlags } from '../config/kernel.js'
import type { CliContext } from '../context.js'
import type { KernelFlags } from '../kernel/command.js'
import { switchFlag, textFlag, textFlags } from './flags.js'

export const kernelCommand: Command<CliContext> = buildCommand<KernelFlags, [], CliContext>({
  loader: async () => (await import('../kernel/command.js')).runKernelCommand,
  parameters: {
    flags: {
      config: textFlag('Settings from a YAML, TOML or JSON file; flags win over it', 'file'),
      network: textFlag('Network spec from a YAML, TOML or JSON file', 'file'),
      ...textFlags(kernelFlags),
      schema: switchFlag('Print the JSON Schema of the config file and stop'),
      json: switchFlag('Print one JSON object and nothing else on stdout'),
    },
  },
  docs: {
    brief: 'Compute the NNGP or NTK matrix of an infinitely wide network',
    fullDescription: [
      'Computes the kernel matrix of an infinitely wide network on a data set or on arrays from npy files and',
      'writes it as npy (float64).',
      '',
      'EXAMPLES',
      '  ntk kernel --data glyphs --train 500 --out ntk.npy',
      '  ntk kernel --get nngp --inputs x1.npy --inputs2 x2.npy --network net.yaml --out cross.npy',
      '  ntk kernel --data mnist --train 2000 --hidden 512,512,512 --activation Erf --json',
    ].join('\n'),
  },
})
