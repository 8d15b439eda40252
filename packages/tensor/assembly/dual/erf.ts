import { add, div, lit, mad, magnitude, mul, ONE, signBit, splat, TWO } from '../math/simd'
import { gap } from './gap'
import { angle } from './angle'

const FOUR: usize = memory.data<f64>([4])
const TWO_OVER_PI: f64 = 0.6366197723675814
const FOUR_OVER_PI: f64 = 1.2732395447351628

/**
 * φ(x) = a erf(b x) + c (Williams 1997): with all covariances scaled by b^2 and D = (1 + 2 q11)(1 + 2 q22),
 * T = a^2 (2/π) asin(2 q / sqrt D) + c^2 and Ṫ = a^2 (4/π) / sqrt(D - 4 q^2); ntk is scaled by b^2 too.
 * D - 4 q^2 = 1 + 2 (q11 + q22) + 4 (q11 q22 - q^2) has no cancellation. r11 r22 = sqrt D. The affine layer after it
 * makes w T + d of T and adds that to ntk; without `affine` w is 1 and d is 0.
 */
export function erfPairs(
  nngp: usize,
  ntk: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  a: f64,
  b: f64,
  c: f64,
  affine: bool,
  w: f64,
  d: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const scale = splat(b * b)
  const v1 = splat(q11 * (b * b))
  const s1 = splat(r11)
  const top = splat(a * a * TWO_OVER_PI)
  const slope = splat(a * a * FOUR_OVER_PI * (b * b))
  const shift = splat(c * c)
  const weight = splat(w)
  const bias = splat(d)
  for (; nngp < end; nngp += 16) {
    const q = mul(v128.load(nngp), scale)
    const size = magnitude(q)
    const v2 = mul(v128.load(q22), scale)
    const spread = add(mad(lit(TWO), add(v1, v2), lit(ONE)), mul(lit(FOUR), gap(size, v1, v2)))
    const root = f64x2.sqrt(spread)
    const arc = angle(add(size, size), mad(s1, v128.load(r22), root))
    const t = mad(weight, mad(top, v128.xor(arc, v128.and(q, signBit())), shift), bias)
    v128.store(nngp, t)
    if (ntk) {
      const k = mul(weight, mul(v128.load(ntk), div(slope, root)))
      v128.store(ntk, affine ? add(k, t) : k)
      ntk += 16
    }
    q22 += 16
    r22 += 16
  }
}

/**
 * The variances after the step and its affine layer, and sqrt(1 + 2 b^2 q) of those before it; a pair of equal inputs
 * takes the same operations.
 */
export function erfVariances(
  src: usize,
  roots: usize,
  dst: usize,
  n: i32,
  a: f64,
  b: f64,
  c: f64,
  w: f64,
  d: f64,
): void {
  const end = src + ((<usize>n) << 3)
  const scale = splat(b * b)
  const top = splat(a * a * TWO_OVER_PI)
  const shift = splat(c * c)
  const weight = splat(w)
  const bias = splat(d)
  for (; src < end; src += 16) {
    const q = mul(v128.load(src), scale)
    const half = f64x2.sqrt(mad(lit(TWO), q, lit(ONE)))
    v128.store(roots, half)
    const root = f64x2.sqrt(add(mad(lit(TWO), add(q, q), lit(ONE)), splat(0)))
    const arc = angle(add(q, q), mad(half, half, root))
    v128.store(dst, mad(weight, mad(top, arc, shift), bias))
    roots += 16
    dst += 16
  }
}
