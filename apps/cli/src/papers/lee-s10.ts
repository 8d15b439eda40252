import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { convergenceSettings, kernelConvergence } from './kernel-convergence.js'

export const leeS10: Runnable = runnable(
  kernelConvergence(
    {
      name: 'lee-s10',
      summary:
        'Means over random networks of one hidden layer come to the analytic kernels as networks are added',
      paper: `${lee2019}, Figure S10`,
      settings: convergenceSettings(),
      presets: {
        quick: { depths: [1], widths: [64, 256], samples: 16, repeats: 8, features: 256 },
        standard: { depths: [1], widths: [64, 256, 1024], samples: 64, repeats: 8 },
        paper: { depths: [1], widths: [64, 256, 1024, 4096], samples: 1024, repeats: 8, inputs: 32 },
      },
    },
    { depths: [1], over: ['samples', 'width'] },
  ),
)
