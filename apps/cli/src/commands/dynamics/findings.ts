import type { Done, FindingDefinition } from '../../experiment/experiment.js'
import type { DynamicsNumbers, DynamicsResults } from './numbers.js'
import type { Setup } from './setup.js'

export type DynamicsDone = Done<Setup, DynamicsResults, DynamicsNumbers>

/** From 1 to the next number of the precision. */
const epsilon = { float64: 2 ** -52, float32: 2 ** -23 } as const

export const dynamicsFindings: readonly FindingDefinition<DynamicsDone>[] = [
  {
    name: 'linearization',
    statement: 'largest difference of the losses of linearization and closed form, of the starting loss',
    note: 'The closed form is exact for full batches (Lee et al. 2019, Equations 8 and 9). Error bar: rounding, one unit in the last place of every output at every step.',
    measure: ({ numbers, setup }) => {
      const { steps, batch } = setup.config.training
      // With batches drawn at random it predicts the mean over draws, not this one.
      if (batch !== 'full') return null
      const rounding = 2 * steps * epsilon[setup.config.dtype]
      const { ofStart } = numbers.linearized
      return { value: ofStart, uncertainty: rounding, theory: 0, relation: 'at most', resolution: 0.01 }
    },
  },
  {
    name: 'own-output',
    statement: 'output of the own class on test images, network less the mean at infinite width',
    note: 'Predicted by the kernels at infinite width (Lee et al. 2019, Equation 14); what is left of the chance of the start averages out. Error bar: spread over the classes.',
    measure: ({ numbers: { ownOutput } }) => ({
      value: ownOutput.mean,
      uncertainty: ownOutput.error,
      theory: 0,
      resolution: 0.25,
    }),
  },
  {
    name: 'width-slope',
    statement: 'power of the width with which the distance to the closed form falls',
    note: 'The distance falls as width to the power −1/2 (Lee et al. 2019, Theorem 2.1). Error bar: from the fit, one network a width.',
    measure: ({ numbers: { sweep } }) =>
      sweep === null
        ? null
        : { value: sweep.law.slope, uncertainty: sweep.law.slopeError, theory: -0.5, resolution: 0.1 },
  },
]
