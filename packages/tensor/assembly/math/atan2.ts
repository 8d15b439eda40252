import { add, copysign, div, HALF, lit, mad, mul, ONE, pick, signBit, splat, sub, TWO } from './simd'
import { AT0, AT1, AT10, AT11, AT12, AT2, AT3, AT4, AT5, AT6, AT7, AT8, AT9 } from './tables'

const FOUR: usize = memory.data<f64>([4])
const LEAST: usize = memory.data<f64>([1e-290])
const MOST: usize = memory.data<f64>([1e300])
const FLAT: usize = memory.data<f64>([1e-15])

/** pi/4 in two parts: three and four times the first are exact. */
const PIO4_HI: usize = memory.data<f64>([0.7853981633974483])
const PIO4_LO: usize = memory.data<f64>([3.061616997868383e-17])

/** atan(t) - t for |t| <= 1/2, z = t^2. */
@inline
export function atanTail(t: v128, z: v128): v128 {
  let p = mad(z, lit(AT12), lit(AT11))
  p = mad(p, z, lit(AT10))
  p = mad(p, z, lit(AT9))
  p = mad(p, z, lit(AT8))
  p = mad(p, z, lit(AT7))
  p = mad(p, z, lit(AT6))
  p = mad(p, z, lit(AT5))
  p = mad(p, z, lit(AT4))
  p = mad(p, z, lit(AT3))
  p = mad(p, z, lit(AT2))
  p = mad(p, z, lit(AT1))
  p = mad(p, z, lit(AT0))
  return mul(mul(t, z), p)
}

/**
 * The angle of (x, y) for y >= 0, in [0, pi]; pi/2 for (0, 0), so that a degenerate pair counts as
 * uncorrelated. The smaller over the larger magnitude, or beyond 1/2 their difference over their sum, plus a
 * multiple of pi/4.
 */
@inline
export function angle(y: v128, x: v128): v128 {
  const ax = f64x2.abs(x)
  const steep = f64x2.ge(y, ax)
  const small = pick(steep, ax, y)
  const large = f64x2.pmax(pick(steep, y, ax), lit(LEAST))
  const fold = f64x2.gt(small, mul(lit(HALF), large))
  const t = div(pick(fold, sub(small, large), small), pick(fold, add(small, large), large))
  const left = f64x2.lt(x, splat(0))
  // the angle is m pi/4 + s atan(t)
  const sign = v128.and(v128.xor(steep, left), signBit())
  let m = v128.and(steep, lit(TWO))
  m = pick(left, sub(lit(FOUR), m), m)
  m = add(m, v128.xor(v128.and(fold, lit(ONE)), sign))
  const st = v128.xor(t, sign)
  const rest = add(atanTail(st, mul(t, t)), mul(m, lit(PIO4_LO)))
  return add(mul(m, lit(PIO4_HI)), add(st, rest))
}

/**
 * a[i] = atan2(a[i], b[i]) over n elements (n even); zeros, tiny, huge and non-finite lanes go one by one.
 */
export function atan2_64(a: usize, b: usize, n: i32): void {
  const end = a + ((<usize>n) << 3)
  for (; a < end; a += 16) {
    const y = v128.load(a)
    const x = v128.load(b)
    const ay = f64x2.abs(y)
    const ax = f64x2.abs(x)
    let value = copysign(angle(ay, x), y)
    const smallest = f64x2.pmin(ax, ay)
    const largest = f64x2.pmax(ax, ay)
    const easy = v128.and(f64x2.gt(smallest, lit(LEAST)), f64x2.lt(largest, lit(MOST)))
    if (!i64x2.all_true(v128.and(easy, f64x2.gt(smallest, mul(lit(FLAT), largest))))) {
      value = f64x2(
        NativeMath.atan2(f64x2.extract_lane(y, 0), f64x2.extract_lane(x, 0)),
        NativeMath.atan2(f64x2.extract_lane(y, 1), f64x2.extract_lane(x, 1)),
      )
    }
    v128.store(a, value)
    b += 16
  }
}
