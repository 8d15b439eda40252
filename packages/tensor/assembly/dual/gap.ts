import { add, mul, sub } from '../math/simd'

/**
 * q11 q22 - q^2 >= 0, from s = |q|, as (hi - s) lo + s (lo - s) with hi and lo the larger and the smaller variance.
 * No term is larger than hi lo, and for nearly parallel inputs both differences are exact: the error is that of a last
 * bit of q, and equal inputs, or one a multiple of the other without rounding, give exactly 0.
 */
@inline
export function gap(s: v128, q11: v128, q22: v128): v128 {
  const hi = f64x2.pmax(q11, q22)
  const lo = f64x2.pmin(q11, q22)
  return f64x2.pmax(add(mul(sub(hi, s), lo), mul(s, sub(lo, s))), f64x2.splat(0))
}
