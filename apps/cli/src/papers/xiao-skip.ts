import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { residualCases } from './variants/cases.js'
import { variantExperiment } from './variants/experiment.js'
import { variantSettings } from './variants/settings.js'

export const xiaoSkip: Runnable = runnable(
  variantExperiment(
    {
      name: 'xiao-skip',
      summary: 'Skip connections: the tangent kernel explodes, its condition number goes as without them',
      paper: `${xiao2020}, Section 6.5 and Section B`,
      settings: variantSettings({ wVars: [0.5, 2], bVar: 0, keeps: [], depth: 960 }),
      presets: {
        quick: { samples: [6], test: 3, depth: 512, repeats: 3 },
        standard: {},
        paper: { repeats: 20 },
      },
    },
    {
      cases: (config) => residualCases(config, [{ residual: true, layerNorm: false }]),
      network: 'ReLU networks with skip connections',
      caption:
        'With skip connections κ comes to (m + 3)/3 as in critical ReLU networks, whatever the weights.',
      lead: 'Exact tangent kernels of infinitely wide, fully connected ReLU networks whose layers are z + W φ(z). Variances and the kernel grow by 1 + σ_w²/2 with each layer; κ does not notice.',
    },
  ),
)
