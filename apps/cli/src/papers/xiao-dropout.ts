import { type Runnable, runnable } from '../experiment/runnable.js'
import { xiao2020 } from './common.js'
import { dropoutCases } from './variants/cases.js'
import { variantExperiment } from './variants/experiment.js'
import { variantSettings } from './variants/settings.js'

export const xiaoDropout: Runnable = runnable(
  variantExperiment(
    {
      name: 'xiao-dropout',
      summary: 'A dropout layer before the readout keeps the condition number in order finite',
      paper: `${xiao2020}, Figure 4 and Section 6.5`,
      settings: variantSettings({ wVars: [0.6], bVar: 0.1, keeps: [0.5, 0.8, 0.95, 0.99], depth: 160 }),
      presets: {
        quick: { samples: [6, 12], depth: 128, repeats: 3 },
        standard: { repeats: 12 },
        paper: { repeats: 20 },
      },
    },
    {
      cases: dropoutCases,
      network: 'Erf networks in order',
      caption:
        'In order κ grows exponentially. One layer of dropout before the readout adds to the diagonal, as a regularizer does, and κ comes to a finite κ* (Xiao et al. 2020, Figure 4).',
      lead: 'Exact tangent kernels of infinitely wide, fully connected Erf networks in order, with a dropout layer between the last activation and the readout. κ* = 1 + m p* / d, where p* = q*/(1 − χ₁) is what all entries come to and d = (1/keep − 1)(q* − σ_b² + χ₁ p*) is what dropout adds to the diagonal.',
    },
  ),
)
