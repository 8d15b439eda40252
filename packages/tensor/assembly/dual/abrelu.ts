import { add, lit, mad, magnitude, mul, signBit, splat, sub } from '../math/simd'
import { gap } from './gap'
import { quarterAngle } from './quarter'

const PI: usize = memory.data<f64>([3.141592653589793])

/**
 * φ(x) = a min(x, 0) + b max(x, 0) with A = (a^2 + b^2)/2 and B = (a - b)^2/2π (Cho & Saul 2009, eq. 3 and
 * 6): Ṫ = A - B θ, T = B sqrt(q11 q22 - q^2) + Ṫ q. Equal inputs give θ = 0 and T = A q exactly, as the
 * variance map does. r11 and r22 are the roots of the variances. With `affine`, nngp ← w T + c and ntk ← nngp
 * + w ntk Ṫ at once.
 */
@inline
function pass(
  nngp: usize,
  ntk: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
  withNtk: bool,
  affine: bool,
  w: f64,
  c: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const v1 = splat(q11)
  const s1 = splat(r11)
  const a = splat(A)
  const b = splat(B)
  const weight = splat(w)
  const bias = splat(c)
  for (; nngp < end; nngp += 16) {
    const q = v128.load(nngp)
    const size = magnitude(q)
    const y = f64x2.sqrt(gap(size, v1, v128.load(q22)))
    const acute = quarterAngle(y, size, mul(s1, v128.load(r22)))
    // θ, or π - θ for a negative q
    const left = f64x2.lt(q, splat(0))
    const theta = add(v128.and(left, lit(PI)), v128.xor(acute, v128.and(left, signBit())))
    const derivative = sub(a, mul(b, theta))
    let t = mad(b, y, mul(derivative, q))
    if (affine) t = mad(weight, t, bias)
    v128.store(nngp, t)
    if (withNtk) {
      let k = mul(v128.load(ntk), derivative)
      if (affine) k = mad(weight, k, t)
      v128.store(ntk, k)
      ntk += 16
    }
    q22 += 16
    r22 += 16
  }
}

export function abReluPairs(
  nngp: usize,
  ntk: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
): void {
  if (ntk) pass(nngp, ntk, q11, r11, q22, r22, n, A, B, true, false, 0, 0)
  else pass(nngp, 0, q11, r11, q22, r22, n, A, B, false, false, 0, 0)
}

export function abReluAffinePairs(
  nngp: usize,
  ntk: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
  w: f64,
  c: f64,
): void {
  if (ntk) pass(nngp, ntk, q11, r11, q22, r22, n, A, B, true, true, w, c)
  else pass(nngp, 0, q11, r11, q22, r22, n, A, B, false, true, w, c)
}

/** The variances after the step, and the roots of those before it. */
export function abReluVariances(src: usize, roots: usize, dst: usize, n: i32, A: f64): void {
  const end = src + ((<usize>n) << 3)
  const a = splat(A)
  for (; src < end; src += 16) {
    const q = v128.load(src)
    v128.store(roots, f64x2.sqrt(q))
    // the zero is the root term of a pair: adding it keeps even the sign of zero
    v128.store(dst, add(splat(0), mul(a, q)))
    roots += 16
    dst += 16
  }
}
