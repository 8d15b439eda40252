import { add, copysign, div, mad, mul, pick, splat, sub } from './simd'
import { AT0, AT1, AT10, AT11, AT12, AT2, AT3, AT4, AT5, AT6, AT7, AT8, AT9 } from './tables'

/** pi/4 in two parts: three and four times the first are exact. */
const PIO4_HI: f64 = 0.7853981633974483
const PIO4_LO: f64 = 3.061616997868383e-17

/** atan(t) - t for |t| <= 1/2, z = t^2. */
@inline
export function atanTail(t: v128, z: v128): v128 {
  let p = mad(z, splat(AT12), splat(AT11))
  p = mad(p, z, splat(AT10))
  p = mad(p, z, splat(AT9))
  p = mad(p, z, splat(AT8))
  p = mad(p, z, splat(AT7))
  p = mad(p, z, splat(AT6))
  p = mad(p, z, splat(AT5))
  p = mad(p, z, splat(AT4))
  p = mad(p, z, splat(AT3))
  p = mad(p, z, splat(AT2))
  p = mad(p, z, splat(AT1))
  p = mad(p, z, splat(AT0))
  return mul(mul(t, z), p)
}

/**
 * The angle of (x, y) for y >= 0, in [0, pi]; neither may be infinite or NaN, nor both zero.
 * The smaller over the larger magnitude, or beyond 1/2 their difference over their sum, plus a multiple of pi/4.
 */
@inline
export function angle(y: v128, x: v128): v128 {
  const ax = f64x2.abs(x)
  const steep = f64x2.gt(y, ax)
  const small = pick(steep, ax, y)
  const large = pick(steep, y, ax)
  const fold = f64x2.gt(small, mul(splat(0.5), large))
  const t = div(pick(fold, sub(small, large), small), pick(fold, add(small, large), large))
  const left = f64x2.lt(x, splat(0))
  // the angle is m pi/4 + s atan(t)
  const sign = v128.and(v128.xor(steep, left), i64x2.splat(0x8000000000000000))
  let m = v128.and(steep, splat(2))
  m = pick(left, sub(splat(4), m), m)
  m = add(m, v128.xor(v128.and(fold, splat(1)), sign))
  const st = v128.xor(t, sign)
  const rest = add(atanTail(st, mul(t, t)), mul(m, splat(PIO4_LO)))
  return add(mul(m, splat(PIO4_HI)), add(st, rest))
}

/** a[i] = atan2(a[i], b[i]) over n elements (n even); zeros, tiny, huge and non-finite lanes go one by one. */
export function atan2_64(a: usize, b: usize, n: i32): void {
  const end = a + ((<usize>n) << 3)
  for (; a < end; a += 16) {
    const y = v128.load(a)
    const x = v128.load(b)
    const ay = f64x2.abs(y)
    const ax = f64x2.abs(x)
    let value = copysign(angle(ay, x), y)
    const smallest = f64x2.min(ax, ay)
    const largest = f64x2.max(ax, ay)
    const easy = v128.and(f64x2.gt(smallest, splat(1e-290)), f64x2.lt(largest, splat(1e300)))
    if (!i64x2.all_true(v128.and(easy, f64x2.gt(smallest, mul(splat(1e-15), largest))))) {
      value = f64x2(
        NativeMath.atan2(f64x2.extract_lane(y, 0), f64x2.extract_lane(x, 0)),
        NativeMath.atan2(f64x2.extract_lane(y, 1), f64x2.extract_lane(x, 1)),
      )
    }
    v128.store(a, value)
    b += 16
  }
}
