import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { residualCases } from './variants/cases.js'
import { variantExperiment } from './variants/experiment.js'
import { variantSettings } from './variants/settings.js'

export const xiaoLayernorm: Runnable = runnable(
  variantExperiment(
    {
      name: 'xiao-layernorm',
      summary:
        'Layer norm beside skip connections: the tangent kernel grows with the depth, and explodes no more',
      paper: `${xiao2020}, Section 6.5 and Section B`,
      settings: variantSettings({ wVars: [0.5, 2], bVar: 0, keeps: [], depth: 1024 }),
      presets: {
        quick: { samples: [6], test: 3, depth: 512, repeats: 3 },
        standard: {},
        paper: { depth: 4096, repeats: 20 },
      },
    },
    {
      cases: (config) =>
        residualCases(config, [
          { residual: true, layerNorm: true },
          { residual: false, layerNorm: true },
        ]),
      network: 'ReLU networks with layer norm',
      caption:
        'With layer norm κ comes to (m + 3)/3 with skip connections and without, whatever the weights.',
      lead: 'Exact tangent kernels of infinitely wide, fully connected ReLU networks with layer norm before each activation; with skip connections what is added is what layer norm gives. The largest eigenvalue grows by as much with each layer, where skip connections alone make it explode.',
    },
  ),
)
