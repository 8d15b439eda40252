import { abs, add, lessEqual, maximum, mul, sub, type Value, where } from '@ntk/tensor'

/**
 * q11 q22 − q² of each pair, never negative: the squared sine of the angle, times the variances. Shapes broadcast.
 *
 * Where both variances are within a factor of 2 of s = |q| it is s (d1 + d2) + d1 d2 with the differences d = variance − s, which
 * are exact: the small gap of nearly equal inputs keeps its digits, and equal inputs give exactly 0.
 */
export function pairDeterminant<V extends Value>(q: V, q11: V, q22: V): V {
  const size = abs(q)
  const [d1, d2] = [sub(q11, size), sub(q22, size)]
  const near = lessEqual(maximum(q11, q22), add(size, size))
  const byDifferences = add(mul(size, add(d1, d2)), mul(d1, d2))
  return maximum(where(near, byDifferences, sub(mul(q11, q22), mul(q, q))), 0)
}
