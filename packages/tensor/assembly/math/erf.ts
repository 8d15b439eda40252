import { add, copysign, HALF, lit, mad, mul, pick, splat, sub } from './simd'
import {
  ER0,
  ER1,
  ER10,
  ER11,
  ER2,
  ER3,
  ER4,
  ER5,
  ER6,
  ER7,
  ER8,
  ER9,
  ERF_TABLE,
  ERFCX_TABLE,
  IN0,
  IN1,
  IN2,
  IN3,
  IN4,
  IN5,
  IN6,
  IN7,
  IN8,
} from './tables'

const LAST: usize = memory.data<f64>([5.99])
const FIRST: usize = memory.data<f64>([0.75])
const EIGHT: usize = memory.data<f64>([8])
const EIGHTH: usize = memory.data<f64>([0.125])
const SPLIT: usize = memory.data<f64>([0.8])
const SIX: usize = memory.data<f64>([6])

/** erf near the origin, relative to x. */
@inline
function erfSmall(x: v128): v128 {
  const z = mul(x, x)
  let p = mad(z, lit(ER11), lit(ER10))
  p = mad(p, z, lit(ER9))
  p = mad(p, z, lit(ER8))
  p = mad(p, z, lit(ER7))
  p = mad(p, z, lit(ER6))
  p = mad(p, z, lit(ER5))
  p = mad(p, z, lit(ER4))
  p = mad(p, z, lit(ER3))
  p = mad(p, z, lit(ER2))
  p = mad(p, z, lit(ER1))
  p = mad(p, z, lit(ER0))
  return mad(x, p, x)
}

/** One coefficient of each lane's own row. */
@inline
function gather(a: usize, b: usize, offset: usize): v128 {
  return v128.load_lane<f64>(b + offset, v128.load64_zero(a + offset), 1)
}

/** erf of magnitudes from 0.75 on, by the table. */
@inline
function erfLarge(magnitude: v128): v128 {
  const x = f64x2.pmax(f64x2.pmin(magnitude, lit(LAST)), lit(FIRST))
  const cell = f64x2.floor(mul(x, lit(EIGHT)))
  const t = sub(x, mul(add(cell, lit(HALF)), lit(EIGHTH)))
  const index = i32x4.trunc_sat_f64x2_u_zero(cell)
  const a = ERF_TABLE + <usize>(i32x4.extract_lane(index, 0) - 6) * 96
  const b = ERF_TABLE + <usize>(i32x4.extract_lane(index, 1) - 6) * 96
  let p = mad(t, gather(a, b, 88), gather(a, b, 80))
  p = mad(p, t, gather(a, b, 72))
  p = mad(p, t, gather(a, b, 64))
  p = mad(p, t, gather(a, b, 56))
  p = mad(p, t, gather(a, b, 48))
  p = mad(p, t, gather(a, b, 40))
  p = mad(p, t, gather(a, b, 32))
  p = mad(p, t, gather(a, b, 24))
  p = mad(p, t, gather(a, b, 16))
  return add(gather(a, b, 0), mad(p, t, gather(a, b, 8)))
}

/** erf x in place over n elements (n even). */
export function erf64(p: usize, n: i32): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const x = v128.load(p)
    const magnitude = f64x2.abs(x)
    const small = f64x2.lt(magnitude, lit(SPLIT))
    let y = erfSmall(x)
    if (!i64x2.all_true(small)) {
      y = pick(small, y, copysign(erfLarge(f64x2.pmin(magnitude, lit(SIX))), x))
      y = pick(f64x2.eq(x, x), y, x)
    }
    v128.store(p, y)
  }
}

function erfScalar(x: f64): f64 {
  const v = splat(x)
  if (abs(x) < 0.8) return f64x2.extract_lane(erfSmall(v), 0)
  return copysignScalar(f64x2.extract_lane(erfLarge(f64x2.abs(v)), 0), x)
}

@inline
function copysignScalar(a: f64, b: f64): f64 {
  return NativeMath.abs(a) * (b < 0 ? -1.0 : 1.0)
}

/** The rounding error of x x, by Dekker's splitting (|x| < 2^500). */
@inline
function squareError(x: f64, square: f64): f64 {
  const c = x * 134217729.0
  const h = c - (c - x)
  const l = x - h
  return h * h - square + 2 * h * l + l * l
}

/**
 * 1 - erf x: from 3/8 on e^(-x^2) times a table of e^(x^2) erfc(x), with the rounding of x^2 carried along.
 */
export function erfc(x: f64): f64 {
  if (x < 0.375) return x < -6 ? 2 : 1 - erfScalar(x)
  if (!(x < 27.3)) return x == x ? 0 : x
  // eight cells an octave: the cell is the exponent and three bits, its centre the next bit set
  const cell = reinterpret<u64>(x) >> 49
  const t = x - reinterpret<f64>((cell << 49) | (1 << 48))
  const row = ERFCX_TABLE + <usize>(cell - (0x3fd8000000000000 >> 49)) * 112
  let p = load<f64>(row, 104)
  p = p * t + load<f64>(row, 96)
  p = p * t + load<f64>(row, 88)
  p = p * t + load<f64>(row, 80)
  p = p * t + load<f64>(row, 72)
  p = p * t + load<f64>(row, 64)
  p = p * t + load<f64>(row, 56)
  p = p * t + load<f64>(row, 48)
  p = p * t + load<f64>(row, 40)
  p = p * t + load<f64>(row, 32)
  p = p * t + load<f64>(row, 24)
  p = p * t + load<f64>(row, 16)
  const near = load<f64>(row)
  const square = x * x
  const lost = squareError(x, square)
  const rest = p * t + load<f64>(row, 8)
  const g = near + (rest - (near + rest) * lost)
  return NativeMath.exp(-square) * g
}

/**
 * The inverse of erf: a single precision start (Giles 2010 for the centre), then two steps of Halley's method
 * on erf near the origin and on erfc beyond, where 1 - |x| is exact.
 */
export function erfInv(x: f64): f64 {
  const a = abs(x)
  if (!(a < 1)) return a == 1 ? x * Infinity : NaN
  if (a < 1e-8) return x * 0.8862269254527580137
  const w0 = -NativeMath.log((1 - a) * (1 + a))
  let p: f64
  if (w0 < 5) {
    const w = w0 - 2.5
    p = 2.81022636e-8
    p = 3.43273939e-7 + p * w
    p = -3.5233877e-6 + p * w
    p = -4.39150654e-6 + p * w
    p = 0.00021858087 + p * w
    p = -0.00125372503 + p * w
    p = -0.00417768164 + p * w
    p = 0.246640727 + p * w
    p = 1.50140941 + p * w
  } else {
    const t = sqrt(w0) - 4
    p = load<f64>(IN8)
    p = load<f64>(IN7) + p * t
    p = load<f64>(IN6) + p * t
    p = load<f64>(IN5) + p * t
    p = load<f64>(IN4) + p * t
    p = load<f64>(IN3) + p * t
    p = load<f64>(IN2) + p * t
    p = load<f64>(IN1) + p * t
    p = (load<f64>(IN0) + p * t) / a
  }
  let y = p * a
  for (let step = 0; step < 2; step++) {
    const density = 1.1283791670955126 * NativeMath.exp(-y * y)
    const u = (a < 0.5 ? erfScalar(y) - a : 1 - a - erfc(y)) / density
    y -= u / (1 + u * y)
  }
  return x < 0 ? -y : y
}
