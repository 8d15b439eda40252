import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { depthExperiment } from './depth/experiment.js'
import { depthSettings } from './depth/settings.js'

export const xiaoRelu: Runnable = runnable(
  depthExperiment(
    {
      name: 'xiao-relu',
      summary: 'Critical ReLU networks (He initialization): the condition number comes to (m + 3)/3',
      paper: `${xiao2020}, Table 2 and Section 6.5`,
      settings: depthSettings({ activation: 'Relu', phases: ['critical'], bVar: 0 }),
      presets: {
        quick: { samples: [6], test: 3, side: 3, depth: 1024, convolutions: 128, repeats: 3 },
        standard: { side: 4, depth: 4096, convolutions: 256, repeats: 4 },
        paper: { depth: 4096, convolutions: 1024, repeats: 10 },
      },
    },
    { wanted: ['kappa', 'ratio', 'predictorPower'] },
  ),
)
