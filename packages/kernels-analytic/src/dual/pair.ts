import { maximum, mul, sub, type Value } from '@ntk/tensor'

/**
 * q11 q22 − q² of each pair, never negative: the squared sine of the angle, times the variances. Exactly 0 for equal inputs,
 * because then q = q11 = q22 to the bit. Shapes broadcast.
 */
export function pairDeterminant<V extends Value>(q: V, q11: V, q22: V): V {
  return maximum(sub(mul(q11, q22), mul(q, q)), 0)
}
