import { add, HALF, lit, mad, mul, signBit, splat, sub, TWO } from '../math/simd'
import { AH0, AH1, AH2, AH3, AH4, AH5, AH6, AH7 } from '../math/tables'
import { LEAST, LEAST_OPPOSITE, STEEP, TURN, TWICE_TURN } from './angle'
import { gap } from './gap'
import { clearTail, count, word } from './windows'

/** Of p, what small deficits are less than. */
export const QUARTER: usize = memory.data<f64>([0.25])
const PI: f64 = 3.141592653589793

/**
 * φ(x) = a min(x, 0) + b max(x, 0) with A = (a² + b²)/2 and B = (a - b)²/2π (Cho & Saul 2009, eq. 3 and 6), in space: Ṫ = A - B θ,
 * T = B p sin θ + Ṫ q, p = sqrt(q11 q22); then, for a window after it, nngp ← w T and ntk ← nngp + w ntk Ṫ, with w in A and B from the
 * start. Equal inputs give θ = 0 and exactly (w A) q, as the variance map does.
 *
 * In deep networks inputs draw together, and a last bit of q moves a small angle by that bit over θ. So D = q11 + q22 - 2q, E[(u - v)²],
 * goes along: a window maps it as it maps K, biases drop out, and here it becomes w (A D - 2 B p (sin θ - θ cos θ)). Where D is small
 * the angle is read from it, (p sin θ)² = (p + q)(p - q) with p - q = (D - (sqrt(q11) - sqrt(q22))²)/2, and is right to a last bit of 1;
 * where it is not, from q (./gap.ts), which gives exact multiples and opposites their exact angle.
 *
 * With `positive` no q is negative but for roundings, and no root is zero: half planes and empty triangles need no care.
 *
 * Rows go through two loops, a few at a time: what a root and a quotient wait for in the first is as long as the processor can look
 * ahead, and the second has none. Between them lists of what the first has found, `LIST` numbers each.
 */

/** Numbers that go through both loops at a time, in lists of p sin θ, the tangent of the half angle that is left of θ/2, and what was taken off θ. */
const LIST: i32 = 64
const BYTES: usize = <usize>LIST << 3

/** Behind the lists: what is not 0 where some angle was found to be small, or may be. */
export const NEAR: usize = 3 * BYTES

/**
 * Of n pairs of one q11, p sin θ and the half angle of the acute θ, as in ./angle.ts; without `carried` by q alone. With `track` it is noted
 * where the tangent of some half angle is below `small`: where it is 0 too by q, which is blind to angles below 1e-8, and not where it is 0 by D.
 * n is a multiple of 4.
 */
@inline
function angles(
  nngp: usize,
  deficits: usize,
  list: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  positive: bool,
  carried: bool,
  track: bool,
  small: f64,
): v128 {
  const end = nngp + ((<usize>n) << 3)
  const v1 = splat(q11)
  const s1 = splat(r11)
  const limitOfNear = splat(small)
  let near = splat(0)
  for (; nngp < end; nngp += 32) {
    const sign = signBit()
    const qx = v128.load(nngp)
    const qy = v128.load(nngp, 16)
    const sizeX = positive ? qx : v128.andnot(qx, sign)
    const sizeY = positive ? qy : v128.andnot(qy, sign)
    const rx = v128.load(r22)
    const ry = v128.load(r22, 16)
    const px = mul(s1, rx)
    const py = mul(s1, ry)
    const wx = add(px, sizeX)
    const wy = add(py, sizeY)
    let gx = gap(sizeX, v1, v128.load(q22))
    let gy = gap(sizeY, v1, v128.load(q22, 16))
    if (carried) {
      const apartX = sub(s1, rx)
      const apartY = sub(s1, ry)
      const dx = v128.load(deficits)
      const dy = v128.load(deficits, 16)
      const half = lit(HALF)
      const none = splat(0)
      const nearX = f64x2.pmax(mul(mul(wx, half), sub(dx, mul(apartX, apartX))), none)
      const nearY = f64x2.pmax(mul(mul(wy, half), sub(dy, mul(apartY, apartY))), none)
      const quarter = lit(QUARTER)
      gx = v128.bitselect(nearX, gx, f64x2.lt(dx, mul(quarter, px)))
      gy = v128.bitselect(nearY, gy, f64x2.lt(dy, mul(quarter, py)))
    }
    const x = f64x2.sqrt(gx)
    const y = f64x2.sqrt(gy)
    if (track) {
      let nearX = f64x2.lt(x, mul(wx, limitOfNear))
      let nearY = f64x2.lt(y, mul(wy, limitOfNear))
      if (carried) {
        const none = splat(0)
        nearX = v128.and(nearX, f64x2.gt(x, none))
        nearY = v128.and(nearY, f64x2.gt(y, none))
      }
      near = v128.or(near, v128.or(nearX, nearY))
    }
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
    const twiceTurn = lit(TWICE_TURN)
    v128.store(list, x)
    v128.store(list, y, 16)
    v128.store(list + BYTES, f64x2.div(acrossX, alongX))
    v128.store(list + BYTES, f64x2.div(acrossY, alongY), 16)
    v128.store(list + 2 * BYTES, v128.and(steepX, twiceTurn))
    v128.store(list + 2 * BYTES, v128.and(steepY, twiceTurn), 16)
    if (carried) deficits += 32
    list += 32
    q22 += 32
    r22 += 32
  }
  return near
}

/** What the step makes of n pairs, and with `to` of their deficits, from the lists. */
@inline
function rest(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  list: usize,
  n: i32,
  A: f64,
  B: f64,
  withNtk: bool,
  affine: bool,
  positive: bool,
  to: bool,
  w: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const a = splat(w * A)
  const b = splat(w * B)
  const straight = splat(w * B * PI)
  const none = splat(0)
  for (; nngp < end; nngp += 32) {
    const tx = v128.load(list + BYTES)
    const ty = v128.load(list + BYTES, 16)
    const zx = mul(tx, tx)
    const zy = mul(ty, ty)
    const zzx = mul(zx, zx)
    const zzy = mul(zy, zy)
    const c7 = lit(AH7)
    const c5 = lit(AH5)
    let oddX = mad(zzx, c7, c5)
    let oddY = mad(zzy, c7, c5)
    const c6 = lit(AH6)
    const c4 = lit(AH4)
    let evenX = mad(zzx, c6, c4)
    let evenY = mad(zzy, c6, c4)
    const c3 = lit(AH3)
    oddX = mad(oddX, zzx, c3)
    oddY = mad(oddY, zzy, c3)
    const c2 = lit(AH2)
    evenX = mad(evenX, zzx, c2)
    evenY = mad(evenY, zzy, c2)
    const c1 = lit(AH1)
    oddX = mad(oddX, zzx, c1)
    oddY = mad(oddY, zzy, c1)
    const c0 = lit(AH0)
    evenX = mad(evenX, zzx, c0)
    evenY = mad(evenY, zzy, c0)
    const sumX = mad(oddX, zx, evenX)
    const sumY = mad(oddY, zy, evenY)
    const two = lit(TWO)
    const acuteX = mul(b, mad(tx, mad(zx, sumX, two), v128.load(list + 2 * BYTES)))
    const acuteY = mul(b, mad(ty, mad(zy, sumY, two), v128.load(list + 2 * BYTES, 16)))

    const qx = v128.load(nngp)
    const qy = v128.load(nngp, 16)
    let dx = sub(a, acuteX)
    let dy = sub(a, acuteY)
    let thetaX = acuteX
    let thetaY = acuteY
    if (!positive) {
      // θ, or π - θ for a negative q
      const sign = signBit()
      const leftX = f64x2.lt(qx, none)
      const leftY = f64x2.lt(qy, none)
      const turnedX = v128.xor(acuteX, v128.and(leftX, sign))
      const turnedY = v128.xor(acuteY, v128.and(leftY, sign))
      const beyondX = v128.and(leftX, straight)
      const beyondY = v128.and(leftY, straight)
      dx = sub(sub(a, beyondX), turnedX)
      dy = sub(sub(a, beyondY), turnedY)
      thetaX = add(turnedX, beyondX)
      thetaY = add(turnedY, beyondY)
    }
    const bx = mul(b, v128.load(list))
    const by = mul(b, v128.load(list, 16))
    const kx = add(bx, mul(dx, qx))
    const ky = add(by, mul(dy, qy))
    if (to) {
      const bentX = sub(bx, mul(thetaX, qx))
      const bentY = sub(by, mul(thetaY, qy))
      v128.store(deficits, f64x2.pmax(sub(mul(a, v128.load(deficits)), add(bentX, bentX)), none))
      v128.store(deficits, f64x2.pmax(sub(mul(a, v128.load(deficits, 16)), add(bentY, bentY)), none), 16)
      deficits += 32
    }
    if (withNtk) {
      const hx = mul(v128.load(ntk), dx)
      const hy = mul(v128.load(ntk, 16), dy)
      v128.store(ntk, affine ? add(kx, hx) : hx)
      v128.store(ntk, affine ? add(ky, hy) : hy, 16)
      ntk += 32
    }
    v128.store(nngp, kx)
    v128.store(nngp, ky, 16)
    list += 32
  }
}

/** `rest` as it is wanted; without ntk (0), the layer after it is K's alone. */
function restOf(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  list: usize,
  n: i32,
  A: f64,
  B: f64,
  affine: bool,
  positive: bool,
  to: bool,
  w: f64,
): void {
  if (positive) {
    if (!ntk) {
      if (to) rest(nngp, 0, deficits, list, n, A, B, false, false, true, true, w)
      else rest(nngp, 0, deficits, list, n, A, B, false, false, true, false, w)
    } else if (affine) {
      if (to) rest(nngp, ntk, deficits, list, n, A, B, true, true, true, true, w)
      else rest(nngp, ntk, deficits, list, n, A, B, true, true, true, false, w)
    } else if (to) rest(nngp, ntk, deficits, list, n, A, B, true, false, true, true, w)
    else rest(nngp, ntk, deficits, list, n, A, B, true, false, true, false, w)
  } else if (!ntk) {
    if (to) rest(nngp, 0, deficits, list, n, A, B, false, false, false, true, w)
    else rest(nngp, 0, deficits, list, n, A, B, false, false, false, false, w)
  } else if (affine) {
    if (to) rest(nngp, ntk, deficits, list, n, A, B, true, true, false, true, w)
    else rest(nngp, ntk, deficits, list, n, A, B, true, true, false, false, w)
  } else if (to) rest(nngp, ntk, deficits, list, n, A, B, true, false, false, true, w)
  else rest(nngp, ntk, deficits, list, n, A, B, true, false, false, false, w)
}

/** `angles` as they are wanted: without deficits (0) by q alone, and tracked where `small` is not 0. */
function anglesOf(
  nngp: usize,
  deficits: usize,
  list: usize,
  q11: f64,
  r11: f64,
  q22: usize,
  r22: usize,
  n: i32,
  positive: bool,
  small: f64,
): v128 {
  if (deficits == 0) {
    if (small != 0) {
      if (positive) return angles(nngp, 0, list, q11, r11, q22, r22, n, true, false, true, small)
      return angles(nngp, 0, list, q11, r11, q22, r22, n, false, false, true, small)
    }
    if (positive) return angles(nngp, 0, list, q11, r11, q22, r22, n, true, false, false, 0)
    return angles(nngp, 0, list, q11, r11, q22, r22, n, false, false, false, 0)
  }
  if (small != 0) {
    if (positive) return angles(nngp, deficits, list, q11, r11, q22, r22, n, true, true, true, small)
    return angles(nngp, deficits, list, q11, r11, q22, r22, n, false, true, true, small)
  }
  if (positive) return angles(nngp, deficits, list, q11, r11, q22, r22, n, true, true, false, 0)
  return angles(nngp, deficits, list, q11, r11, q22, r22, n, false, true, false, 0)
}

/**
 * The step over all rows of a chunk, from a record as ./readers.ts describes it. Deficits are read where the record says so, and with `to`
 * made. `list` has room for the three lists and for `NEAR`.
 */
export function abReluRows(record: usize, task: usize, nngp: usize, ntk: usize, deficits: usize, list: usize): void {
  const groups = count(record, 1)
  const rows = count(record, 2)
  const n = count(record, 3)
  const ld = word(record, 4)
  const A = load<f64>(record, 48)
  const B = load<f64>(record, 56)
  const uses = count(record, 8)
  const to = (uses & 2) != 0
  const from = (uses & 1) != 0
  const affine = load<f64>(record, 72) != 0
  const w = load<f64>(record, 80)
  const positive = load<f64>(record, 88) != 0
  const v1 = word(record, 12) + word(task, 3)
  const r1 = word(record, 13) + word(task, 3)
  const v2 = word(record, 14) + word(task, 4)
  const r2 = word(record, 15) + word(task, 4)
  let table = word(record, 16)
  const group1 = word(record, 17)
  const row1 = word(record, 18)
  const group2 = word(record, 19)
  const used = count(record, 20)
  const small = load<f64>(record, 176) != 0 ? load<f64>(task, 96) : 0
  let near = splat(0)
  const gapless = ld == <usize>n << 3 && n <= LIST
  let k = nngp
  let theta = ntk
  let d = deficits
  let filled = 0
  for (let g = 0; g < groups; g++) {
    const first = <usize>load<i32>(table) * group1
    const second = <usize>load<i32>(table, 4) * group2
    table += 8
    for (let i = 0; i < rows; i++) {
      const at = first + <usize>i * row1
      const q11 = load<f64>(v1 + at)
      const r11 = load<f64>(r1 + at)
      if (gapless) {
        // Rows without zeros between them fill the lists together.
        const behind = <usize>filled << 3
        const own = from ? d + behind : 0
        const here = anglesOf(k + behind, own, list + behind, q11, r11, v2 + second, r2 + second, n, positive, small)
        near = v128.or(near, here)
        filled += n
        if (filled + n <= LIST && !(g == groups - 1 && i == rows - 1)) continue
        restOf(k, theta, d, list, filled, A, B, affine, positive, to, w)
        const done = <usize>filled << 3
        k += done
        if (theta) theta += done
        d += done
        filled = 0
        continue
      }
      for (let c = 0; c < n; c += LIST) {
        const m = min(LIST, n - c)
        const shift = <usize>c << 3
        const columns = second + shift
        const own = from ? d + shift : 0
        near = v128.or(near, anglesOf(k + shift, own, list, q11, r11, v2 + columns, r2 + columns, m, positive, small))
        restOf(k + shift, theta ? theta + shift : 0, d + shift, list, m, A, B, affine, positive, to, w)
      }
      k += ld
      if (theta) theta += ld
      d += ld
    }
  }
  v128.store(list + NEAR, near)
  clearTail(nngp, groups * rows, n, used, ld)
  if (ntk) clearTail(ntk, groups * rows, n, used, ld)
  if (to) clearTail(deficits, groups * rows, n, used, ld)
}
