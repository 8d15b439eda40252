import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { changeExperiment, changeSettings } from './weight-changes.js'

export const leeS6: Runnable = runnable(
  changeExperiment({
    name: 'lee-s6',
    summary:
      'How far training moves weights and kernels of one hidden ReLU layer, against width; --set activation=Tanh --set depth=3 for tanh',
    paper: `${lee2019}, Figure S6`,
    settings: changeSettings({ data: 'cifar10', activation: 'Relu', depth: 1 }),
    presets: {
      quick: { data: 'glyphs', train: 12, widths: [64, 128, 256, 512], networks: 10, steps: 24 },
      standard: { train: 64, widths: [128, 256, 512, 1024, 2048], networks: 8, steps: 256 },
      paper: {
        widths: [64, 128, 256, 512, 1024, 2048, 4096, 8192],
        networks: 10,
        steps: 2 ** 16,
        learningRate: 1,
      },
    },
  }),
)
