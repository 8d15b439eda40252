import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { depthExperiment } from './depth/experiment.js'
import { depthSettings, phases } from './depth/settings.js'

export const xiaoTable1: Runnable = runnable(
  depthExperiment(
    {
      name: 'xiao-table-1',
      summary: 'The table of depth: how eigenvalues, condition number and mean predictor go in three phases',
      paper: `${xiao2020}, Table 1`,
      settings: depthSettings({ activation: 'Erf', phases, bVar: 0.1 }),
      presets: {
        quick: { families: ['FCN'], samples: [12, 20], test: 4, side: 3, depth: 1024, repeats: 3 },
        standard: { side: 4, depth: 4096, convolutions: 256, repeats: 4 },
        paper: { depth: 4096, convolutions: 1024, repeats: 10 },
      },
    },
    {
      wanted: [
        'largestLimit',
        'largestSlope',
        'largestRate',
        'bulkSlope',
        'bulkRate',
        'kappa',
        'kappaRate',
        'predictorRate',
        'predictorPower',
      ],
    },
  ),
)
