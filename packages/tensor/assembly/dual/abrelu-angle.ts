import { add, lit, mad, mul, signBit, splat, sub } from '../math/simd'
import { LEAST, LEAST_OPPOSITE, STEEP, TURN, TWICE_TURN } from './angle'
import { gap } from './gap'

/** Bytes from one list of numbers in the room for a row's chunk to the next: 256 numbers, and no two lists at one place of two pages. */
export const LIST: usize = 2112

/**
 * The first half of a step (./abrelu-carried.ts), which is bound by its root and its quotient: of each pair p sin θ, the tangent
 * of the half angle that is left of θ/2 in [-π/12, π/12], and what was taken off θ, in three lists after the deficits. With `lead` an affine
 * layer (w0, b0) is applied to q first. n is a multiple of 4.
 */
@inline
export function anglePass(
  nngp: usize,
  deficits: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  positive: bool,
  from: bool,
  to: bool,
  lead: bool,
  w0: f64,
  b0: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const v1 = splat(q11)
  const s1 = splat(r11)
  const before = splat(w0)
  const bias0 = splat(b0)
  const none = splat(0)
  for (; nngp < end; nngp += 32) {
    let qx = v128.load(nngp)
    let qy = v128.load(nngp, 16)
    if (lead) {
      qx = mad(before, qx, bias0)
      qy = mad(before, qy, bias0)
      v128.store(nngp, qx)
      v128.store(nngp, qy, 16)
    }
    const sizeX = positive ? qx : v128.andnot(qx, signBit())
    const sizeY = positive ? qy : v128.andnot(qy, signBit())
    const px = mul(s1, v128.load(r22))
    const py = mul(s1, v128.load(r22, 16))
    const wx = add(px, sizeX)
    const wy = add(py, sizeY)
    let gx: v128
    let gy: v128
    if (from) {
      let sx = v128.load(deficits)
      let sy = v128.load(deficits, 16)
      if (!positive) {
        // of -q where q is negative
        sx = f64x2.pmin(sx, sub(add(px, px), sx))
        sy = f64x2.pmin(sy, sub(add(py, py), sy))
        if (to) {
          v128.store(deficits, sx)
          v128.store(deficits, sy, 16)
        }
      }
      gx = mul(sx, wx)
      gy = mul(sy, wy)
    } else {
      gx = gap(sizeX, v1, v128.load(q22))
      gy = gap(sizeY, v1, v128.load(q22, 16))
    }
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
    if (to && !from) {
      // (p sin θ) tan(θ/2) of small angles, where the difference has few digits
      v128.store(deficits, v128.bitselect(sub(px, sizeX), mul(x, tx), steepX))
      v128.store(deficits, v128.bitselect(sub(py, sizeY), mul(y, ty), steepY), 16)
    }
    const twiceTurn = lit(TWICE_TURN)
    v128.store(deficits + LIST, x)
    v128.store(deficits + LIST, y, 16)
    v128.store(deficits + 2 * LIST, tx)
    v128.store(deficits + 2 * LIST, ty, 16)
    v128.store(deficits + 3 * LIST, v128.and(steepX, twiceTurn))
    v128.store(deficits + 3 * LIST, v128.and(steepY, twiceTurn), 16)
    deficits += 32
    r22 += 32
    if (!from) q22 += 32
  }
}
