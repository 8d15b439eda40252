import { claimMemory } from '@ntk/autodiff'
import { bindComposite, Donation, linearCombinationComposite, type Tensor } from '@ntk/tensor'

/**
 * Σ weights_i · values_i. The updates of optimizers are bound by memory, so that each pass over the parameters counts. The
 * gradient that is given away, one of the values, is written over where its memory belongs to nobody else.
 */
export function linearCombination(
  weights: readonly number[],
  values: readonly [Tensor, ...Tensor[]],
  givenAway: Tensor | null = null,
): Tensor {
  const donation =
    givenAway !== null && claimMemory(givenAway) ? new Donation([values.indexOf(givenAway)]) : null
  return bindComposite(linearCombinationComposite, values, { weights }, donation)[0] as Tensor
}
