import { add, div, mad, mul, pick, splat, sub } from './simd'

// fdlibm's e_log.c: log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f)
const LN2_HI: f64 = 0.6931471803691238
const LN2_LO: f64 = 1.9082149292705877e-10
const LG1: f64 = 0.6666666666666735
const LG2: f64 = 0.3999999999940942
const LG3: f64 = 0.2857142874366239
const LG4: f64 = 0.22222198432149784
const LG5: f64 = 0.1818357216161805
const LG6: f64 = 0.15313837699209373
const LG7: f64 = 0.14798198605116586

/** sqrt(1/2) as the high word of a float64: significands are taken from [sqrt(1/2), sqrt 2). */
const HALF_ROOT: i64 = 0x3fe6a09e00000000

/** The exponents k of numbers u = 2^k z with z in [sqrt(1/2), sqrt 2), from bits(u) - HALF_ROOT. */
@inline
function exponent(offset: v128): v128 {
  const high = v128.shuffle<i32>(offset, offset, 1, 3, 1, 3)
  return f64x2.convert_low_i32x4_s(i32x4.shr_s(high, 20))
}

/** log(2^k (1 + f) + a correction c small beside f): the shared tail of log and log1p. */
@inline
function tail(f: v128, k: v128, c: v128): v128 {
  const half = mul(splat(0.5), mul(f, f))
  const s = div(f, add(splat(2), f))
  const z = mul(s, s)
  const w = mul(z, z)
  const even = mul(w, mad(w, mad(w, splat(LG6), splat(LG4)), splat(LG2)))
  const odd = mul(z, mad(w, mad(w, mad(w, splat(LG7), splat(LG5)), splat(LG3)), splat(LG1)))
  const r = add(even, odd)
  const low = add(mul(s, add(half, r)), mad(k, splat(LN2_LO), c))
  return sub(mul(k, splat(LN2_HI)), sub(sub(half, low), f))
}

@inline
function significand(u: v128, offset: v128): v128 {
  return i64x2.sub(u, v128.and(offset, i64x2.splat(0xfff0000000000000)))
}

/** log x in place over n elements (n even). Zeros, subnormals, negatives, infinities and NaN go one by one. */
export function log64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const offset = i64x2.sub(x, i64x2.splat(HALF_ROOT))
    const f = sub(significand(x, offset), splat(1))
    let y = tail(f, exponent(offset), splat(0))
    const easy = v128.and(f64x2.ge(x, splat(2.2250738585072014e-308)), f64x2.lt(x, splat(Infinity)))
    if (!i64x2.all_true(easy)) {
      y = f64x2(NativeMath.log(f64x2.extract_lane(x, 0)), NativeMath.log(f64x2.extract_lane(x, 1)))
    }
    v128.store(p, y)
  }
}

/** log(1 + x): u = 1 + x with its rounding error over u as correction, or x itself where u needs no reduction. */
export function log1p64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const u = add(splat(1), x)
    const offset = i64x2.sub(u, i64x2.splat(HALF_ROOT))
    const large = f64x2.ge(x, splat(1))
    const lost = pick(large, sub(splat(1), sub(u, x)), sub(x, sub(u, splat(1))))
    // u in [sqrt(1/2), sqrt 2) with a little room: f = x is then exact
    const direct = v128.and(f64x2.gt(x, splat(-0.2928)), f64x2.lt(x, splat(0.4142)))
    const f = pick(direct, x, sub(significand(u, offset), splat(1)))
    const k = v128.andnot(exponent(offset), direct)
    const c = v128.andnot(div(lost, u), direct)
    let y = tail(f, k, c)
    const easy = v128.and(f64x2.gt(x, splat(-1)), f64x2.lt(x, splat(1e300)))
    if (!i64x2.all_true(easy)) {
      y = f64x2(NativeMath.log1p(f64x2.extract_lane(x, 0)), NativeMath.log1p(f64x2.extract_lane(x, 1)))
    }
    v128.store(p, pick(f64x2.lt(f64x2.abs(x), splat(5.551115123125783e-17)), x, y))
  }
}
