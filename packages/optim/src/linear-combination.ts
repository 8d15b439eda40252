import { claimMemory } from '@ntk/autodiff'
import { add, bindComposite, type Composite, mul, type Tensor, type Value } from '@ntk/tensor'

interface LinearCombination {
  readonly weights: readonly number[]
  /** A hint: nobody looks at this value any more, and the sum may be written over it. */
  readonly into?: number
}

/** Σ weights_i · x_i of values of one shape; a backend may run it in one pass over memory. */
const composite: Composite<LinearCombination> = {
  name: 'linearCombination',
  decompose: (values, { weights }) => {
    const terms = values.map((x, i) => (weights[i] === 1 ? x : mul<Value>(x, weights[i] as number)))
    return [terms.reduce((a, b) => add(a, b))]
  },
}

/**
 * Σ weights_i · values_i. The updates of optimizers are bound by memory, so that each pass over the parameters counts. The
 * gradient that is given away, one of the values, is written over where its memory belongs to nobody else.
 */
export function linearCombination(
  weights: readonly number[],
  values: readonly Tensor[],
  givenAway: Tensor | null = null,
): Tensor {
  const into = givenAway !== null && claimMemory(givenAway) ? { into: values.indexOf(givenAway) } : {}
  return bindComposite(composite, values, { weights, ...into })[0] as Tensor
}
