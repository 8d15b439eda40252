import { type Command, defineCommand } from '../../frame/command.js'
import { empiricalSettings } from './settings.js'

export const empiricalCommand: Command = defineCommand({
  name: 'empirical',
  brief: 'Compute the empirical NTK or NNGP matrix of a finite network',
  about: [
    'Computes the empirical kernel of a finite network at random parameters, on a data set or on arrays from npy',
    'files. Writes it as npy, and beside it a figure of its spectrum as SVG, PNG and Vega-Lite.',
    '',
    'The parameters are drawn from --seed, as ntk dynamics with that seed draws them. A run keeps no trained',
    'parameters, so --run means those that its training started from.',
  ],
  examples: [
    'ntk empirical --architecture lenet --factor 0.5 --train 64',
    'ntk empirical --architecture wide-resnet --channels 8 --normalization layer --train 16 --layers',
    'ntk empirical --hidden 512,512 --full --inputs x1.npy --inputs2 x2.npy --outputs 3 --out cross.npy',
    'ntk empirical --run runs/20260102-030405-1a2b3c --layers --json',
    'ntk empirical --device wasm --hidden 1024 --train 256',
  ],
  settings: empiricalSettings,
  extras: {
    run: { help: 'Network, data and starting parameters of a run of ntk dynamics', placeholder: 'dir' },
    trace: { help: 'Mean over equal outputs, [n, n]; so unless --full' },
  },
  load: async () => (await import('./run.js')).prepareEmpirical,
})
