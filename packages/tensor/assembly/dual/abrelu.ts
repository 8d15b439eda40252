import { add, div, mad, mul, splat } from '../math/simd'

/** sqrt(1/2) */
const HALF_ROOT: f64 = 0.7071067811865476

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

/** What deficits need of the variances before a step with the layer (w, c) after it, w, c >= 0: d and e of ./abrelu-carried.ts. */
export function abReluLengths(src: usize, d: usize, e: usize, n: i32, A: f64, w: f64, c: f64): void {
  const end = src + ((<usize>n) << 3)
  const a = splat(w * A)
  const bias = splat(c)
  const least = splat(Math.sqrt(c))
  const half = splat(HALF_ROOT)
  for (; src < end; src += 16) {
    const gain = mul(a, v128.load(src))
    const sum = add(f64x2.sqrt(add(gain, bias)), least)
    v128.store(d, f64x2.sqrt(mul(half, div(gain, sum))))
    v128.store(e, f64x2.sqrt(mul(half, sum)))
    d += 16
    e += 16
  }
}
