import { buildCommand, type Command } from '@stricli/core'
import { empiricalFlags } from '../config/empirical.js'
import type { CliContext } from '../context.js'
import type { EmpiricalFlags } from '../empirical/job.js'
import { switchFlag, textFlag, textFlags } from './flags.js'

export const empiricalCommand: Command<CliContext> = buildCommand<EmpiricalFlags, [], CliContext>({
  loader: async () => (await import('../empirical/command.js')).runEmpiricalCommand,
  parameters: {
    flags: {
      config: textFlag('Settings from a YAML, TOML or JSON file; flags win over it', 'file'),
      network: textFlag('Network spec from a YAML, TOML or JSON file', 'file'),
      ...textFlags(empiricalFlags),
      run: textFlag('Network, data and starting parameters of a run of ntk dynamics', 'dir'),
      trace: switchFlag('Mean over equal outputs, [n, n]; so unless --full'),
      full: switchFlag('All pairs of outputs, [n, n, k, k]'),
      layers: switchFlag('Also what each layer contributes to the ntk, as npz'),
      schema: switchFlag('Print the JSON Schema of the config file and stop'),
      json: switchFlag('Print one JSON object and nothing else on stdout'),
    },
  },
  docs: {
    brief: 'Compute the empirical NTK or NNGP matrix of a finite network',
    fullDescription: [
      'Computes the empirical kernel of a finite network at random parameters, on a data set or on arrays from npy',
      'files. Writes it as npy, and beside it a figure of its spectrum as SVG, PNG and Vega-Lite.',
      '',
      'The parameters are drawn from --seed, as ntk dynamics with that seed draws them. A run keeps no trained',
      'parameters, so --run means those that its training started from.',
      '',
      'EXAMPLES',
      '  ntk empirical --architecture lenet --factor 0.5 --train 64',
      '  ntk empirical --architecture wide-resnet --channels 8 --normalization layer --train 16 --layers',
      '  ntk empirical --hidden 512,512 --full --inputs x1.npy --inputs2 x2.npy --outputs 3 --out cross.npy',
      '  ntk empirical --run runs/20260102-030405-1a2b3c --layers --json',
    ].join('\n'),
  },
})
