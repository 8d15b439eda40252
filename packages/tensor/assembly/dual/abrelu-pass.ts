import { add, lit, mad, mul, signBit, splat, sub, TWO } from '../math/simd'
import { AH0, AH1, AH2, AH3, AH4, AH5, AH6, AH7 } from '../math/tables'
import { LEAST, LEAST_OPPOSITE, STEEP, TURN, TWICE_TURN } from './angle'
import { gap } from './gap'

const PI: f64 = 3.141592653589793

/**
 * φ(x) = a min(x, 0) + b max(x, 0) with A = (a^2 + b^2)/2 and B = (a - b)^2/2π (Cho & Saul 2009, eq. 3 and
 * 6): Ṫ = A - B θ, T = B sqrt(q11 q22 - q^2) + Ṫ q; then, for an affine layer after it, nngp ← w T + c and
 * ntk ← nngp + w ntk Ṫ, with w in A and B from the start. Equal inputs give θ = 0 and exactly (w A) q + c, as the
 * variance map does. r11 and r22 are the roots of the variances.
 *
 * With `positive` no q is negative but for roundings, and no root is zero: half planes and empty triangles need no care.
 *
 * The hot loop of kernels in space: the steps of `angle` for two vectors side by side, so that they share each
 * constant while it is in a register (a third of the instructions would load constants otherwise). n is a multiple of 4.
 */
@inline
export function pass(
  nngp: usize,
  ntk: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  A: f64,
  B: f64,
  withNtk: bool,
  affine: bool,
  positive: bool,
  w: f64,
  c: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const v1 = splat(q11)
  const s1 = splat(r11)
  const a = splat(w * A)
  const b = splat(w * B)
  const straight = splat(w * B * PI)
  const bias = splat(c)
  const none = splat(0)
  for (; nngp < end; nngp += 32) {
    const sign = signBit()
    const qx = v128.load(nngp)
    const qy = v128.load(nngp, 16)
    const sizeX = positive ? qx : v128.andnot(qx, sign)
    const sizeY = positive ? qy : v128.andnot(qy, sign)
    const wx = mad(s1, v128.load(r22), sizeX)
    const wy = mad(s1, v128.load(r22, 16), sizeY)
    const gx = gap(sizeX, v1, v128.load(q22))
    const gy = gap(sizeY, v1, v128.load(q22, 16))
    const x = f64x2.sqrt(gx)
    const y = f64x2.sqrt(gy)

    const limit = lit(STEEP)
    const steepX = f64x2.ge(x, mul(wx, limit))
    const steepY = f64x2.ge(y, mul(wy, limit))
    const turn = lit(TURN)
    const turnX = v128.and(steepX, turn)
    const turnY = v128.and(steepY, turn)
    let acrossX = sub(x, mul(turnX, wx))
    let acrossY = sub(y, mul(turnY, wy))
    let alongX = mad(turnX, x, wx)
    let alongY = mad(turnY, y, wy)
    if (!positive) {
      const leastOpposite = lit(LEAST_OPPOSITE)
      acrossX = add(acrossX, v128.and(steepX, leastOpposite))
      acrossY = add(acrossY, v128.and(steepY, leastOpposite))
      const least = lit(LEAST)
      alongX = add(alongX, least)
      alongY = add(alongY, least)
    }
    const tx = f64x2.div(acrossX, alongX)
    const ty = f64x2.div(acrossY, alongY)
    const zx = mul(tx, tx)
    const zy = mul(ty, ty)
    const c7 = lit(AH7)
    const c6 = lit(AH6)
    let highX = mad(zx, c7, c6)
    let highY = mad(zy, c7, c6)
    const zzx = mul(zx, zx)
    const zzy = mul(zy, zy)
    const c5 = lit(AH5)
    const c4 = lit(AH4)
    highX = mad(highX, zzx, mad(zx, c5, c4))
    highY = mad(highY, zzy, mad(zy, c5, c4))
    const c3 = lit(AH3)
    const c2 = lit(AH2)
    let lowX = mad(zx, c3, c2)
    let lowY = mad(zy, c3, c2)
    const c1 = lit(AH1)
    const c0 = lit(AH0)
    lowX = mad(lowX, zzx, mad(zx, c1, c0))
    lowY = mad(lowY, zzy, mad(zy, c1, c0))
    const sumX = mad(mul(zzx, zzx), highX, lowX)
    const sumY = mad(mul(zzy, zzy), highY, lowY)
    const two = lit(TWO)
    const twiceTurn = lit(TWICE_TURN)
    const acuteX = mul(b, add(mul(tx, mad(zx, sumX, two)), v128.and(steepX, twiceTurn)))
    const acuteY = mul(b, add(mul(ty, mad(zy, sumY, two)), v128.and(steepY, twiceTurn)))

    let dx = sub(a, acuteX)
    let dy = sub(a, acuteY)
    // θ, or π - θ for a negative q
    const leftX = positive ? none : f64x2.lt(qx, none)
    const leftY = positive ? none : f64x2.lt(qy, none)
    if (!positive) {
      dx = sub(sub(a, v128.and(leftX, straight)), v128.xor(acuteX, v128.and(leftX, sign)))
      dy = sub(sub(a, v128.and(leftY, straight)), v128.xor(acuteY, v128.and(leftY, sign)))
    }
    const bx = mul(b, x)
    const by = mul(b, y)
    const kx = add(add(bx, mul(dx, qx)), bias)
    const ky = add(add(by, mul(dy, qy)), bias)
    if (withNtk) {
      const hx = mul(v128.load(ntk), dx)
      const hy = mul(v128.load(ntk, 16), dy)
      v128.store(ntk, affine ? add(kx, hx) : hx)
      v128.store(ntk, affine ? add(ky, hy) : hy, 16)
      ntk += 32
    }
    v128.store(nngp, kx)
    v128.store(nngp, ky, 16)
    q22 += 32
    r22 += 32
  }
}
