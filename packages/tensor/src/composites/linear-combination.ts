import { add, mul } from '../ops/binary.js'
import type { Composite } from './composite.js'

/** Σ weights_i · values_i of values of one shape; a backend may run it in one pass over memory. */
export const linearCombinationComposite: Composite<'linearCombination'> = {
  name: 'linearCombination',
  decompose: (values, { weights }) => {
    const terms = values.map((x, i) => (weights[i] === 1 ? x : mul(x, weights[i] as number)))
    return [terms.reduce((a, b) => add(a, b))]
  },
}
