import { add, div, mad, mul, splat, sub } from '../math/simd'
import { anglePass } from './abrelu-angle'
import { restPass } from './abrelu-rest'

/**
 * φ(x) = a min(x, 0) + b max(x, 0) with A = (a^2 + b^2)/2 and B = (a - b)^2/2π (Cho & Saul 2009, eq. 3 and 6): Ṫ = A - B θ,
 * T = B p sin θ + Ṫ q; then, for an affine layer after it, nngp ← w T + c and ntk ← nngp + w ntk Ṫ, with w in A and B from the start.
 * Equal inputs give θ = 0 and exactly (w A) q + c, as the variance map does. r11 and r22 are the roots of the variances. With `positive`
 * no q is negative but for roundings, and no root is zero.
 *
 * Steps follow one another. Inputs draw together from layer to layer, and a last bit of q moves a small angle by
 * that bit over θ: in a deep network nothing would be left of the angle. So the deficit s = p - |q|, p = sqrt(q11 q22), goes from one
 * activation to the next beside q. The angle is read from it alone, by q11 q22 - q^2 = s (p + |q|) = (p sin θ)^2, and is right to its
 * last bits at any depth. After step and layer it is
 *   s' = w A s - w B p (sin θ - θ cos θ) + E, of a negative q with the angle of -q and w mirror |q| more, mirror = (a + b)^2/2,
 *   E = sqrt(q11' q22') - (w A p + c): a bias makes samples of unequal lengths alike.
 * With q' = w A q + c of either sample, E = (d11 e22 - e11 d22)^2, d^2 = (sqrt(q') - sqrt(c)) / sqrt(2), e^2 = (sqrt(q') + sqrt(c)) / sqrt(2):
 * sqrt(q' / c) is a hyperbolic cosine, and cosh u cosh v - sinh u sinh v - 1 = 2 sinh^2((u - v) / 2).
 *
 * `deficits` holds p - q where they come `from` the step before, and will for the step they go `to`, where `shift` says that c is not 0;
 * behind them is room for three lists more. A step goes over its row in two halves: the way from a number to the next is as long as
 * the processor can look ahead, and two short ones overlap where one long one does not.
 */

/** First halves that more than one way takes, once each in the code: from the deficits, and to them. */
function angleOnward(nngp: usize, deficits: usize, q11: f64, r11: f64, q22: usize, r22: usize, n: i32): void {
  anglePass(nngp, deficits, q11, r11, q22, r22, n, false, true, true, false, 1, 0)
}

function angleFirst(nngp: usize, deficits: usize, q11: f64, r11: f64, q22: usize, r22: usize, n: i32): void {
  anglePass(nngp, deficits, q11, r11, q22, r22, n, false, false, true, false, 1, 0)
}

/** A step that makes no deficits, with (`affine`) the layer after it or without. */
export function abReluLast(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
  affine: bool,
  positive: bool,
  from: bool,
  w: f64,
  c: f64,
): void {
  if (positive) {
    anglePass(nngp, deficits, q11, r11, q22, r22, n, true, true, false, false, 1, 0)
    if (!ntk) restPass(nngp, 0, deficits, 0, 0, 0, 0, n, A, B, 0, false, false, true, false, false, false, w, c)
    else if (affine) restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, 0, true, true, true, false, false, false, w, c)
    else restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, 0, true, false, true, false, false, false, 1, 0)
    return
  }
  if (from) anglePass(nngp, deficits, q11, r11, q22, r22, n, false, true, false, false, 1, 0)
  else anglePass(nngp, deficits, q11, r11, q22, r22, n, false, false, false, false, 1, 0)
  if (!ntk) restPass(nngp, 0, deficits, 0, 0, 0, 0, n, A, B, 0, false, false, false, false, false, false, w, c)
  else if (affine) restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, 0, true, true, false, false, false, false, w, c)
  else restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, 0, true, false, false, false, false, false, 1, 0)
}

/**
 * A step and the affine layer after it (w, c >= 0) before another step: makes deficits. With `lead` it is the first, with an affine layer
 * (w0, b0) before it, where ntk starts, whatever it holds.
 */
export function abReluOnward(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  d11: f64,
  e11: f64,
  d22: usize,
  e22: usize,
  n: i32,
  A: f64,
  B: f64,
  mirror: f64,
  positive: bool,
  from: bool,
  lead: bool,
  w: f64,
  c: f64,
  w0: f64,
  b0: f64,
): void {
  if (positive) {
    anglePass(nngp, deficits, q11, r11, q22, r22, n, true, true, true, false, 1, 0)
    if (ntk) {
      if (c != 0) restPass(nngp, ntk, deficits, d11, e11, d22, e22, n, A, B, mirror, true, true, true, true, true, false, w, c)
      else restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, mirror, true, true, true, true, false, false, w, c)
    } else if (c != 0) restPass(nngp, 0, deficits, d11, e11, d22, e22, n, A, B, mirror, false, true, true, true, true, false, w, c)
    else restPass(nngp, 0, deficits, 0, 0, 0, 0, n, A, B, mirror, false, true, true, true, false, false, w, c)
    return
  }
  if (lead) anglePass(nngp, deficits, q11, r11, q22, r22, n, false, false, true, true, w0, b0)
  else if (from) angleOnward(nngp, deficits, q11, r11, q22, r22, n)
  else angleFirst(nngp, deficits, q11, r11, q22, r22, n)
  if (!ntk) {
    if (c != 0) restPass(nngp, 0, deficits, d11, e11, d22, e22, n, A, B, mirror, false, true, false, true, true, false, w, c)
    else restPass(nngp, 0, deficits, 0, 0, 0, 0, n, A, B, mirror, false, true, false, true, false, false, w, c)
  } else if (lead) {
    if (c != 0) restPass(nngp, ntk, deficits, d11, e11, d22, e22, n, A, B, mirror, true, true, false, true, true, true, w, c)
    else restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, mirror, true, true, false, true, false, true, w, c)
  } else if (c != 0) restPass(nngp, ntk, deficits, d11, e11, d22, e22, n, A, B, mirror, true, true, false, true, true, false, w, c)
  else restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, mirror, true, true, false, true, false, false, w, c)
}

/** A step without its affine layer, that makes deficits for what is behind a stop. Without Θ, ntk is room for as many numbers that nobody reads. */
export function abReluStop(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
  mirror: f64,
  from: bool,
): void {
  if (from) angleOnward(nngp, deficits, q11, r11, q22, r22, n)
  else angleFirst(nngp, deficits, q11, r11, q22, r22, n)
  restPass(nngp, ntk, deficits, 0, 0, 0, 0, n, A, B, mirror, true, false, false, true, false, false, 1, 0)
}

/**
 * Deficits behind an affine layer (w, c >= 0) that stands by itself: s' = w s + E, with E as above of A = 1, where t = sqrt(q') + sqrt(c):
 * E = w/2 (sqrt(q11 t22/t11) - sqrt(q22 t11/t22))^2. n is even.
 */
export function affineDeficits(deficits: usize, q11: f64, q22: usize, n: i32, w: f64, c: f64): void {
  const end = deficits + ((<usize>n) << 3)
  const weight = splat(w)
  const bias = splat(c)
  const root = splat(Math.sqrt(c))
  const own = splat(q11)
  const t1 = add(f64x2.sqrt(mad(weight, own, bias)), root)
  const half = splat(w / 2)
  for (; deficits < end; deficits += 16) {
    let s = mul(weight, v128.load(deficits))
    if (c > 0) {
      const other = v128.load(q22)
      const t2 = add(f64x2.sqrt(mad(weight, other, bias)), root)
      const apart = sub(f64x2.sqrt(mul(own, div(t2, t1))), f64x2.sqrt(mul(other, div(t1, t2))))
      s = mad(half, mul(apart, apart), s)
      q22 += 16
    }
    v128.store(deficits, s)
  }
}
