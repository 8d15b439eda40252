import { add, mul, sub } from '../math/simd'

/**
 * q11 q22 - q^2 >= 0, from s = |q|. Where both variances are at most 2 s (and so, by Cauchy and Schwarz, at
 * least s/2) it is s (d1 + d2) + d1 d2 with differences d = variance - s that are exact, so that the small
 * gap of nearly equal inputs keeps its relative precision and equal inputs give exactly 0; elsewhere the
 * plain difference loses nothing.
 */
@inline
export function gap(s: v128, q11: v128, q22: v128): v128 {
  const near = f64x2.le(f64x2.pmax(q11, q22), add(s, s))
  const shift = v128.and(near, s)
  const d1 = sub(q11, shift)
  const d2 = sub(q22, shift)
  const product = add(mul(shift, add(d1, d2)), mul(d1, d2))
  return f64x2.pmax(sub(product, v128.andnot(mul(s, s), near)), f64x2.splat(0))
}
