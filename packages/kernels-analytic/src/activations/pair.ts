import {
  abs,
  add,
  greater,
  less,
  lessEqual,
  maximum,
  mul,
  onesLike,
  sub,
  type Value,
  where,
} from '@ntk/tensor'

/**
 * q11 q22 − q² of each pair, never negative: the squared sine of the angle, times the variances. Shapes broadcast. Variances
 * whose product leaves the range of the dtype must be scaled before (`scaledPair`).
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

/** Covariances in units in which products of two are in the range of the dtype, and what they were scaled by. */
export interface ScaledPair {
  readonly q: Value
  readonly q11: Value
  readonly q22: Value
  /** Factors of the standard deviations, shaped as `q11` and `q22`: powers of two, so that nothing is rounded. */
  readonly scale1: Value
  readonly scale2: Value
}

/** Limits of variances left alone, and the power of two that standard deviations beyond are scaled by. */
const units = {
  float64: { large: 2 ** 400, small: 2 ** -400, factor: 2 ** 300 },
  float32: { large: 2 ** 50, small: 2 ** -50, factor: 2 ** 40 },
} as const

/** Standard deviations in units of their own: very large and, with `small`, very small ones are brought to the middle of the range. */
export function scaledPair(
  { q, q11, q22 }: { readonly q: Value; readonly q11: Value; readonly q22: Value },
  options: { readonly small: boolean },
): ScaledPair {
  const unit = q.dtype === 'float32' ? units.float32 : units.float64
  const scaleOf = (variance: Value): Value => {
    const down = where<Value>(greater(variance, unit.large), 1 / unit.factor, onesLike(variance))
    return options.small ? where<Value>(less(variance, unit.small), unit.factor, down) : down
  }
  const [scale1, scale2] = [scaleOf(q11), scaleOf(q22)]
  return {
    q: mul(mul(q, scale1), scale2),
    q11: mul(mul(q11, scale1), scale1),
    q22: mul(mul(q22, scale2), scale2),
    scale1,
    scale2,
  }
}
