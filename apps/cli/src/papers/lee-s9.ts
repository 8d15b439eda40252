import { type Runnable, runnable } from '../experiment/runnable.js'
import { lee2019 } from './common.js'
import { convergenceSettings, kernelConvergence } from './kernel-convergence.js'

export const leeS9: Runnable = runnable(
  kernelConvergence(
    {
      name: 'lee-s9',
      summary:
        'Kernels of random networks of one and three hidden layers come to the analytic ones as width grows',
      paper: `${lee2019}, Figure S9`,
      settings: convergenceSettings(),
      presets: {
        quick: { widths: [32, 64, 128, 256], samples: 4, repeats: 8, features: 256 },
        standard: { widths: [64, 128, 256, 512, 1024], samples: 16, repeats: 8 },
        paper: { widths: [64, 128, 256, 512, 1024, 2048, 4096], samples: 64, repeats: 8, inputs: 32 },
      },
    },
    { depths: [1, 3], over: ['width'] },
  ),
)
