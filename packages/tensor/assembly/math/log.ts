import { add, div, HALF, lit, mad, mul, ONE, pick, splat, sub, TINY, TWO } from './simd'

const EXPONENT: usize = memory.data<u64>([0xfff0000000000000])
const NORMAL: usize = memory.data<f64>([2.2250738585072014e-308])
const INFINITE: usize = memory.data<u64>([0x7ff0000000000000])
const DIRECT_LOW: usize = memory.data<f64>([-0.2928])
const DIRECT_HIGH: usize = memory.data<f64>([0.4142])
const MINUS_ONE: usize = memory.data<f64>([-1])
const MOST: usize = memory.data<f64>([1e300])

// fdlibm's e_log.c: log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f)
const LN2_HI: usize = memory.data<f64>([0.6931471803691238])
const LN2_LO: usize = memory.data<f64>([1.9082149292705877e-10])
const LG1: usize = memory.data<f64>([0.6666666666666735])
const LG2: usize = memory.data<f64>([0.3999999999940942])
const LG3: usize = memory.data<f64>([0.2857142874366239])
const LG4: usize = memory.data<f64>([0.22222198432149784])
const LG5: usize = memory.data<f64>([0.1818357216161805])
const LG6: usize = memory.data<f64>([0.15313837699209373])
const LG7: usize = memory.data<f64>([0.14798198605116586])

/** sqrt(1/2) as the high word of a float64: significands are taken from [sqrt(1/2), sqrt 2). */
const HALF_ROOT: usize = memory.data<u64>([0x3fe6a09e00000000])

/** The exponents k of numbers u = 2^k z with z in [sqrt(1/2), sqrt 2), from bits(u) - HALF_ROOT. */
@inline
function exponent(offset: v128): v128 {
  const high = v128.shuffle<i32>(offset, offset, 1, 3, 1, 3)
  return f64x2.convert_low_i32x4_s(i32x4.shr_s(high, 20))
}

/** log(2^k (1 + f) + a correction c small beside f): the shared tail of log and log1p. */
@inline
function tail(f: v128, k: v128, c: v128): v128 {
  const half = mul(lit(HALF), mul(f, f))
  const s = div(f, add(lit(TWO), f))
  const z = mul(s, s)
  const w = mul(z, z)
  const even = mul(w, mad(w, mad(w, lit(LG6), lit(LG4)), lit(LG2)))
  const odd = mul(z, mad(w, mad(w, mad(w, lit(LG7), lit(LG5)), lit(LG3)), lit(LG1)))
  const r = add(even, odd)
  const low = add(mul(s, add(half, r)), mad(k, lit(LN2_LO), c))
  return sub(mul(k, lit(LN2_HI)), sub(sub(half, low), f))
}

@inline
function significand(u: v128, offset: v128): v128 {
  return i64x2.sub(u, v128.and(offset, lit(EXPONENT)))
}

/**
 * log x in place over n elements (n even). Zeros, subnormals, negatives, infinities and NaN go one by one.
 */
export function log64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const offset = i64x2.sub(x, lit(HALF_ROOT))
    const f = sub(significand(x, offset), lit(ONE))
    let y = tail(f, exponent(offset), splat(0))
    const easy = v128.and(f64x2.ge(x, lit(NORMAL)), f64x2.lt(x, lit(INFINITE)))
    if (!i64x2.all_true(easy)) {
      y = f64x2(NativeMath.log(f64x2.extract_lane(x, 0)), NativeMath.log(f64x2.extract_lane(x, 1)))
    }
    v128.store(p, y)
  }
}

/**
 * log(1 + x): u = 1 + x with its rounding error over u as correction, or x itself where u needs no reduction.
 */
export function log1p64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const u = add(lit(ONE), x)
    const offset = i64x2.sub(u, lit(HALF_ROOT))
    const large = f64x2.ge(x, lit(ONE))
    const lost = pick(large, sub(lit(ONE), sub(u, x)), sub(x, sub(u, lit(ONE))))
    // u in [sqrt(1/2), sqrt 2) with a little room: f = x is then exact
    const direct = v128.and(f64x2.gt(x, lit(DIRECT_LOW)), f64x2.lt(x, lit(DIRECT_HIGH)))
    const f = pick(direct, x, sub(significand(u, offset), lit(ONE)))
    const k = v128.andnot(exponent(offset), direct)
    const c = v128.andnot(div(lost, u), direct)
    let y = tail(f, k, c)
    const easy = v128.and(f64x2.gt(x, lit(MINUS_ONE)), f64x2.lt(x, lit(MOST)))
    if (!i64x2.all_true(easy)) {
      y = f64x2(NativeMath.log1p(f64x2.extract_lane(x, 0)), NativeMath.log1p(f64x2.extract_lane(x, 1)))
    }
    v128.store(p, pick(f64x2.lt(f64x2.abs(x), lit(TINY)), x, y))
  }
}
