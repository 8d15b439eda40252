import { mad, splat } from '../math/simd'
import { pass } from './abrelu-pass'

/** A step, and with `affine` the layer after it; without, w is 1 and c is 0. */
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
  affine: bool,
  positive: bool,
  w: f64,
  c: f64,
): void {
  if (positive) {
    if (!ntk) pass(nngp, 0, 0, q11, r11, q22, r22, 0, 0, n, A, B, 0, false, false, true, false, false, false, w, c)
    else if (affine) pass(nngp, ntk, 0, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, true, true, false, false, false, w, c)
    else pass(nngp, ntk, 0, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, false, true, false, false, false, 1, 0)
  } else if (!ntk) pass(nngp, 0, 0, q11, r11, q22, r22, 0, 0, n, A, B, 0, false, false, false, false, false, false, w, c)
  else if (affine) pass(nngp, ntk, 0, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, true, false, false, false, false, w, c)
  else pass(nngp, ntk, 0, q11, r11, q22, r22, 0, 0, n, A, B, 0, true, false, false, false, false, false, 1, 0)
}

/** What `positive` takes for the root of no variance: nothing, and yet no zero. */
const NEARLY_ZERO: f64 = 1e-150

/** The variances after the step and its affine layer, and the roots of those before it. */
export function abReluVariances(
  src: usize,
  roots: usize,
  dst: usize,
  n: i32,
  A: f64,
  positive: bool,
  w: f64,
  c: f64,
): void {
  const least = splat(positive ? NEARLY_ZERO : 0)
  const end = src + ((<usize>n) << 3)
  const a = splat(w * A)
  const bias = splat(c)
  for (; src < end; src += 16) {
    const q = v128.load(src)
    v128.store(roots, f64x2.pmax(f64x2.sqrt(q), least))
    v128.store(dst, mad(a, q, bias))
    roots += 16
    dst += 16
  }
}
