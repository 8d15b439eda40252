import { add, bindComposite, type Composite, mul, type Tensor, type Value } from '@ntk/tensor'

/** Σ weights_i · x_i of values of one shape; a backend may run it in one pass over memory. */
const composite: Composite<{ readonly weights: readonly number[] }> = {
  name: 'linearCombination',
  decompose: (values, { weights }) => {
    const terms = values.map((x, i) => (weights[i] === 1 ? x : mul<Value>(x, weights[i] as number)))
    return [terms.reduce((a, b) => add(a, b))]
  },
}

/** Σ weights_i · values_i. The updates of optimizers are bound by memory, so that each pass over the parameters counts. */
export function linearCombination(weights: readonly number[], values: readonly Tensor[]): Tensor {
  return bindComposite(composite, values, { weights })[0] as Tensor
}
