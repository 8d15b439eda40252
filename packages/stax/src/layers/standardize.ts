import { add, div, mean, sqrt, square, sub, type Value } from '@ntk/tensor'

/** (x − mean)/√(variance + epsilon) over axes. */
export function standardize<V extends Value>(x: V, axis: readonly number[], epsilon: number): V {
  const centred = sub(x, mean(x, { axis, keepDims: true }))
  const variance = mean(square(centred), { axis, keepDims: true })
  return div(centred, sqrt(add(variance, epsilon)))
}
