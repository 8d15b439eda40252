import { add, copysign, div, lit, mad, mul, ONE, pick, SHIFT, splat, sub, TINY, TWO } from './simd'
import { EM0, EM1, EM10, EM2, EM3, EM4, EM5, EM6, EM7, EM8, EM9, EXP_TABLE } from './tables'

const EASY: usize = memory.data<f64>([708])
const BIAS: usize = memory.data<u64>([1023])
const LOWEST: usize = memory.data<f64>([-40])
const HIGHEST: usize = memory.data<f64>([711])
const SHIFT_60: usize = memory.data<f64>([6755399441055804.0])
const MINUS_TWO: usize = memory.data<f64>([-2])

// ln(2)/128 in two parts; the first has 38 bits, so that its product with an 18-bit integer is exact
const LN2_128_HI: usize = memory.data<f64>([0.005415212348111709])
const LN2_128_LO: usize = memory.data<f64>([1.2864023111638346e-14])
const INV_LN2_128: usize = memory.data<f64>([184.6649652337873])
const C2: usize = memory.data<f64>([0.49999999999996786])
const C3: usize = memory.data<f64>([0.16666666666665886])
const C4: usize = memory.data<f64>([0.0416666808410674])
const C5: usize = memory.data<f64>([0.008333335853059549])

/**
 * e^x by a table of 2^(i/128) and a polynomial of degree five (Szabolcs Nagy's optimized routines, without
 * fused operations), for |x| < 708; other lanes are left to the caller.
 */
@inline
export function expCore(x: v128): v128 {
  const shifted = mad(x, lit(INV_LN2_128), lit(SHIFT))
  const k = sub(shifted, lit(SHIFT))
  const r = sub(sub(x, mul(k, lit(LN2_128_HI))), mul(k, lit(LN2_128_LO)))
  const t0 = v128.load(EXP_TABLE + ((<usize>i64x2.extract_lane(shifted, 0) & 127) << 4))
  const t1 = v128.load(EXP_TABLE + ((<usize>i64x2.extract_lane(shifted, 1) & 127) << 4))
  const tail = v128.shuffle<f64>(t0, t1, 0, 2)
  const scale = i64x2.add(v128.shuffle<f64>(t0, t1, 1, 3), i64x2.shl(shifted, 45))
  const r2 = mul(r, r)
  const low = add(add(tail, r), mul(r2, mad(r, lit(C3), lit(C2))))
  const p = add(low, mul(mul(r2, r2), mad(r, lit(C5), lit(C4))))
  return mad(scale, p, scale)
}

/** Every lane within the range of expCore. */
@inline
export function expIsEasy(x: v128): bool {
  return i64x2.all_true(f64x2.lt(f64x2.abs(x), lit(EASY)))
}

@inline
function exp(x: v128): v128 {
  const y = expCore(x)
  if (expIsEasy(x)) return y
  return f64x2(NativeMath.exp(f64x2.extract_lane(x, 0)), NativeMath.exp(f64x2.extract_lane(x, 1)))
}

/** e^x in place over n elements (n even). */
export function exp64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) v128.store(p, exp(v128.load(p)))
}

const LN2_HI: usize = memory.data<f64>([0.6931471803691238]) // 33 bits
const LN2_LO: usize = memory.data<f64>([1.9082149292705877e-10])
const INV_LN2: usize = memory.data<f64>([1.4426950408889634])

/** 2^k for the integers in the low bits of `shifted`. */
@inline
function powerOfTwo(shifted: v128): v128 {
  return i64x2.shl(i64x2.add(shifted, lit(BIAS)), 52)
}

/** e^x - 1 = 2^k ((e^r - 1) + 1 - 2^-k), r = x - k ln 2; clamped where the result has settled. */
@inline
export function expm1Core(given: v128): v128 {
  const x = f64x2.pmin(f64x2.pmax(given, lit(LOWEST)), lit(HIGHEST))
  const shifted = mad(x, lit(INV_LN2), lit(SHIFT))
  const k = sub(shifted, lit(SHIFT))
  const hi = sub(x, mul(k, lit(LN2_HI)))
  const lo = mul(k, lit(LN2_LO))
  const r = sub(hi, lo)
  const c = sub(sub(hi, r), lo)
  let p = mad(r, lit(EM10), lit(EM9))
  p = mad(p, r, lit(EM8))
  p = mad(p, r, lit(EM7))
  p = mad(p, r, lit(EM6))
  p = mad(p, r, lit(EM5))
  p = mad(p, r, lit(EM4))
  p = mad(p, r, lit(EM3))
  p = mad(p, r, lit(EM2))
  p = mad(p, r, lit(EM1))
  p = mad(p, r, lit(EM0))
  // the part beside r, with the reduction's rounding error carried to first order: c e^r is about c (1 + r)
  const rest = add(mul(mul(r, r), p), mad(c, r, c))
  // beyond 2^60 the subtracted 2^-k no longer matters
  const one = sub(lit(ONE), powerOfTwo(i64x2.sub(i64x2.splat(0), f64x2.pmin(shifted, lit(SHIFT_60)))))
  // |one| >= |r| unless k = 0, where one is 0: the larger first keeps the sum's error in `rest`
  const sum = add(one, r)
  const back = add(sub(one, sum), r)
  const e = add(sum, add(back, rest))
  const half = i64x2.shr_s(i64x2.shl(shifted, 12), 13)
  const other = i64x2.sub(i64x2.shr_s(i64x2.shl(shifted, 12), 12), half)
  const y = mul(mul(e, powerOfTwo(half)), powerOfTwo(other))
  // tiny arguments keep their sign and their bits
  return pick(f64x2.lt(f64x2.abs(given), lit(TINY)), given, y)
}

export function expm1_64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) v128.store(p, expm1Core(v128.load(p)))
}

/** tanh |x| = -t / (t + 2), t = e^(-2|x|) - 1. */
export function tanh64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const t = expm1Core(mul(lit(MINUS_TWO), f64x2.abs(x)))
    v128.store(p, copysign(div(t, add(t, lit(TWO))), x))
  }
}

/** 1 / (1 + e^-x) as 1 / (1 + t) or t / (1 + t) with t = e^-|x|, which neither overflows nor cancels. */
export function logistic64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const t = exp(f64x2.neg(f64x2.abs(x)))
    const top = pick(f64x2.lt(x, splat(0)), t, lit(ONE))
    v128.store(p, div(top, add(lit(ONE), t)))
  }
}
