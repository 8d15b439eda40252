import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { closedFormExperiment, closedFormSettings } from './lee-pairs/closed-form.js'

export const leeS8: Runnable = runnable(
  closedFormExperiment(
    {
      name: 'lee-s8',
      summary:
        'Outputs, single weights, loss and RMSE in the standard parameterization, whose learning rate is over the width',
      paper: `${lee2019}, Figure S8`,
      settings: closedFormSettings(0.1, 8),
      presets: {
        quick: {
          data: 'glyphs',
          train: 10,
          test: 16,
          widths: [64, 96, 128, 192, 256],
          networks: 6,
          steps: 16,
          evaluations: 5,
          depth: 3,
          side: 8,
        },
        // Widths are large only beside the features of an image: the first layer moves at features over width of the rate.
        standard: { widths: [256, 384, 512, 640, 768, 1024, 1280, 2048] },
        // The paper does not say for how many steps it trained.
        paper: {
          start: 'random',
          side: null,
          widths: [2048, 4096, 8192],
          train: 256,
          test: 256,
          networks: 10,
          steps: 4096,
          learningRate: 0.005,
        },
      },
    },
    'standard',
  ),
)
