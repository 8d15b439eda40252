import type { Done, FindingDefinition } from '../../experiment/experiment.js'
import type { DynamicsNumbers, DynamicsResults } from './numbers.js'
import type { Setup } from './setup.js'

export type DynamicsDone = Done<Setup, DynamicsResults, DynamicsNumbers>

/** Share of a normal distribution within two standard deviations. */
const insideTwo = 0.9545

/** Steps that a number of the precision has between 1 and the next one. */
const epsilon = { float64: 2 ** -52, float32: 2 ** -23 } as const

export const dynamicsFindings: readonly FindingDefinition<DynamicsDone>[] = [
  {
    name: 'linearization',
    statement: 'loss curves of linearization and closed form differ by, of the starting loss',
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
    name: 'inside-band',
    statement: 'share of test outputs within two standard deviations of infinite width',
    note: 'At infinite width outputs are Gaussian (Lee et al. 2019, Equations 14 and 15). Error bar: spread over the outputs of the network.',
    measure: ({ numbers: { insideBand } }) => ({
      value: insideBand.share,
      uncertainty: insideBand.error,
      theory: insideTwo,
      resolution: 0.05,
    }),
  },
  {
    name: 'width-slope',
    statement: 'slope of RMSE against width, network against closed form',
    note: 'The distance falls as width to the power −1/2 (Lee et al. 2019, Theorem 2.1). Error bar: from the fit, one network a width.',
    measure: ({ numbers: { sweep } }) =>
      sweep === null
        ? null
        : { value: sweep.law.slope, uncertainty: sweep.law.slopeError, theory: -0.5, resolution: 0.1 },
  },
]
