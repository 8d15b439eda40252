import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { changeExperiment, changeSettings } from './weight-changes.js'

export const lee1: Runnable = runnable(
  changeExperiment({
    name: 'lee-1',
    summary: 'How far training moves weights and kernels of three hidden ReLU layers, against width',
    paper: `${lee2019}, Figure 1`,
    settings: changeSettings({ data: 'mnist', activation: 'Relu', depth: 3 }),
    presets: {
      quick: { data: 'glyphs', train: 12, widths: [32, 64, 128, 256], networks: 10, steps: 24 },
      standard: { train: 64, widths: [64, 128, 256, 512, 1024], networks: 8, steps: 256 },
      paper: {
        widths: [64, 128, 256, 512, 1024, 2048, 4096, 8192],
        networks: 10,
        steps: 2 ** 17,
        learningRate: 1,
      },
    },
  }),
)
