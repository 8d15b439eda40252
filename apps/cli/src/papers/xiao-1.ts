import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { depthExperiment } from './depth/experiment.js'
import { depthSettings, phases } from './depth/settings.js'

export const xiao1: Runnable = runnable(
  depthExperiment(
    {
      name: 'xiao-1',
      summary:
        'Condition number, λ₁/λ₂ and mean predictor over depth in three phases, for FCN, CNN-F and CNN-P',
      paper: `${xiao2020}, Figure 1`,
      settings: depthSettings({ activation: 'Erf', phases, bVar: 0.1 }),
      presets: {
        quick: { samples: [6], test: 3, side: 3, depth: 1024, convolutions: 128, repeats: 3 },
        standard: { side: 4, depth: 4096, convolutions: 256, repeats: 4 },
        paper: { depth: 4096, convolutions: 1024, repeats: 10 },
      },
    },
    { wanted: ['kappa', 'ratio', 'kappaRate', 'excessRate', 'predictorRate', 'predictorPower'] },
  ),
)
