import type { Done, FindingDefinition } from '../../experiment/experiment.js'
import type { Measured } from '../../experiment/finding.js'
import type { PowerLaw } from '../../measures/power-law.js'
import type { DynamicsNumbers, DynamicsResults } from './numbers.js'
import type { Setup } from './setup.js'

export type DynamicsDone = Done<Setup, DynamicsResults, DynamicsNumbers>

/** From 1 to the next number of the precision. */
const epsilon = { float64: 2 ** -52, float32: 2 ** -23 } as const

const slopeError =
  'Error bar: from the spread of the networks, or from the scatter of the widths about the line where that is larger.'

const slopeOf = ({ slope, slopeError: uncertainty }: PowerLaw): Pick<Measured, 'value' | 'uncertainty'> => ({
  value: slope,
  uncertainty,
})

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
    measure: ({ numbers: { ownOutput }, setup }) =>
      // Without the chance of the start, classes are no independent draws.
      setup.config.training.start === 'centred'
        ? null
        : { value: ownOutput.mean, uncertainty: ownOutput.error, theory: 0, resolution: 0.25 },
  },
  {
    name: 'accuracy',
    statement: 'test accuracy, trained networks less their predictions',
    note: 'Predicted by each network’s own kernel at its start (Lee et al. 2019, Equations 8 and 9). Error bar: spread over the test images, at least one network on one of them.',
    measure: ({ numbers: { accuracy } }) => ({
      value: accuracy.difference.mean,
      uncertainty: accuracy.difference.error,
      theory: 0,
      resolution: 0.05,
    }),
  },
  {
    name: 'kernel-slope',
    statement: 'power of the width with which kernels at the start approach infinite width',
    note: `The kernel is a mean over units, so its error falls as one over the root of their number (Lee et al. 2019, Figure S9). ${slopeError}`,
    measure: ({ numbers: { sweep } }) =>
      sweep === null
        ? null
        : { ...slopeOf(sweep.laws.kernel), theory: -0.5, relation: 'equal', resolution: 0.1 },
  },
  {
    name: 'width-slope',
    statement: 'power of the width with which trained networks approach the prediction of their own kernels',
    note: `Theory bounds the distance by a multiple of width to the power −1/2 (Lee et al. 2019, Theorem 2.1). ${slopeError}`,
    measure: ({ numbers: { sweep } }) =>
      sweep === null
        ? null
        : { ...slopeOf(sweep.laws.own), theory: -0.5, relation: 'at most', resolution: 0.1 },
  },
]
