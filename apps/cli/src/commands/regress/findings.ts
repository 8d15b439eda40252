import type { Done, FindingDefinition } from '../../experiment/experiment.js'
import type { RegressNumbers, RegressResults } from './numbers.js'
import type { Setup } from './setup.js'

export type RegressDone = Done<Setup, RegressResults, RegressNumbers>

export const regressFindings: readonly FindingDefinition<RegressDone>[] = [
  {
    name: 'confidence',
    statement: 'share of test samples that are right, less the probability they were given',
    note: 'Calibrated probabilities come true as often as they say. Error bar: of that many samples with those probabilities.',
    measure: ({ numbers: { task, bias } }) =>
      task === 'classes' ? { value: bias.value, uncertainty: bias.error, theory: 0, resolution: 0.05 } : null,
  },
  {
    name: 'coverage',
    statement: 'share of test targets in the interval that should hold 95 % of them',
    note: 'Mean ± 1.96 standard deviations of the predicted Gaussian, noise included. Error bar: of that many samples.',
    measure: ({ numbers: { task, bias } }) =>
      task === 'numbers'
        ? { value: 0.95 + bias.value, uncertainty: bias.error, theory: 0.95, resolution: 0.05 }
        : null,
  },
]
