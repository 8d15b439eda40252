import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { closedFormExperiment, closedFormSettings } from './lee-pairs/closed-form.js'

export const lee3: Runnable = runnable(
  closedFormExperiment(
    {
      name: 'lee-3',
      summary:
        'Outputs, single weights, loss and RMSE of networks beside the closed forms of their own and of the analytic kernel',
      paper: `${lee2019}, Figure 3`,
      settings: closedFormSettings(0.1, null),
      presets: {
        quick: {
          data: 'glyphs',
          train: 10,
          test: 16,
          widths: [32, 48, 64, 96, 128, 192, 256],
          networks: 4,
          steps: 16,
          evaluations: 5,
          depth: 3,
        },
        standard: {},
        // The paper does not say for how many steps it trained.
        paper: { start: 'random', train: 256, test: 256, networks: 10, steps: 4096, learningRate: 0.01 },
      },
    },
    'ntk',
  ),
)
