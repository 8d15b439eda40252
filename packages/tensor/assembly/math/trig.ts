import { add, HALF, lit, mad, mul, ONE, pick, SHIFT, splat, sub } from './simd'

const NEAR: usize = memory.data<f64>([9.313225746154785e-10])
const FAR: usize = memory.data<f64>([524288])

// fdlibm's kernels k_sin.c and k_cos.c, and its three-part pi/2 (33 bits each)
const TWO_OVER_PI: usize = memory.data<f64>([0.6366197723675814])
const PIO2_1: usize = memory.data<f64>([1.5707963267341256])
const PIO2_2: usize = memory.data<f64>([6.077100506303966e-11])
const PIO2_2T: usize = memory.data<f64>([2.0222662487959506e-21])
const S1: usize = memory.data<f64>([-0.16666666666666632])
const S2: usize = memory.data<f64>([0.00833333333332249])
const S3: usize = memory.data<f64>([-0.0001984126982985795])
const S4: usize = memory.data<f64>([2.7557313707070068e-6])
const S5: usize = memory.data<f64>([-2.5050760253406863e-8])
const S6: usize = memory.data<f64>([1.58969099521155e-10])
const C1: usize = memory.data<f64>([0.0416666666666666])
const C2: usize = memory.data<f64>([-0.001388888888887411])
const C3: usize = memory.data<f64>([2.480158728947673e-5])
const C4: usize = memory.data<f64>([-2.7557314351390663e-7])
const C5: usize = memory.data<f64>([2.087572321298175e-9])
const C6: usize = memory.data<f64>([-1.1359647557788195e-11])

/**
 * sin x (quarter 0) or cos x (quarter 1) in place over n elements (n even). Lanes beyond 2^19, or so close to
 * a multiple of pi/2 that two steps of reduction lose bits, go one by one through the exact reduction.
 */
@inline
function sine(p: usize, n: i32, quarter: i64): void {
  const end = p + ((<usize>n) << 3)
  for (; p < end; p += 16) {
    const a = v128.load(p)
    const shifted = mad(a, lit(TWO_OVER_PI), lit(SHIFT))
    const k = sub(shifted, lit(SHIFT))
    const first = sub(a, mul(k, lit(PIO2_1)))
    const second = mul(k, lit(PIO2_2))
    const r = sub(first, second)
    const rest = sub(mul(k, lit(PIO2_2T)), sub(sub(first, r), second))
    const x = sub(r, rest)
    const y = sub(sub(r, x), rest)

    const z = mul(x, x)
    const w = mul(z, z)
    let s = mad(z, mad(z, lit(S4), lit(S3)), lit(S2))
    s = add(s, mul(mul(z, w), mad(z, lit(S6), lit(S5))))
    const v = mul(z, x)
    const sin = sub(x, sub(sub(mul(z, sub(mul(lit(HALF), y), mul(v, s))), y), mul(v, lit(S1))))

    let c = mul(z, mad(z, mad(z, lit(C3), lit(C2)), lit(C1)))
    c = add(c, mul(mul(w, w), mad(z, mad(z, lit(C6), lit(C5)), lit(C4))))
    const half = mul(lit(HALF), z)
    const whole = sub(lit(ONE), half)
    const cos = add(whole, add(sub(sub(lit(ONE), whole), half), sub(mul(z, c), mul(x, y))))

    const turn = i64x2.add(shifted, i64x2.splat(quarter))
    const odd = i64x2.shr_s(i64x2.shl(turn, 63), 63)
    const sign = i64x2.shl(i64x2.shr_u(turn, 1), 63)
    let value = v128.xor(pick(odd, cos, sin), sign)
    const near = v128.and(f64x2.lt(f64x2.abs(x), lit(NEAR)), f64x2.ne(k, splat(0)))
    const easy = v128.andnot(f64x2.lt(f64x2.abs(a), lit(FAR)), near)
    if (!i64x2.all_true(easy)) {
      const a0 = f64x2.extract_lane(a, 0)
      const a1 = f64x2.extract_lane(a, 1)
      if (quarter) value = f64x2(NativeMath.cos(a0), NativeMath.cos(a1))
      else value = f64x2(NativeMath.sin(a0), NativeMath.sin(a1))
    }
    v128.store(p, value)
  }
}

export function sin64(p: usize, n: i32): void {
  sine(p, n, 0)
}

export function cos64(p: usize, n: i32): void {
  sine(p, n, 1)
}
