import { add, lit, mad, mul, signBit, splat, sub, TWO } from '../math/simd'
import { AH0, AH1, AH2, AH3, AH4, AH5, AH6, AH7 } from '../math/tables'
import { LIST } from './abrelu-angle'

const PI: f64 = 3.141592653589793

/**
 * The second half of a step (./abrelu-carried.ts): from the lists that the first half made to K, Θ and the deficits after it. ntk may
 * be 0 unless `withNtk`; with `lead` it starts at q, whatever it holds. Two vectors side by side, so that they share each constant
 * while it is in a register (a third of the instructions would load constants otherwise). n is a multiple of 4.
 */
@inline
export function restPass(
  nngp: usize,
  ntk: usize,
  deficits: usize,
  d11: f64,
  e11: f64,
  d22: usize,
  e22: usize,
  n: i32,
  A: f64,
  B: f64,
  mirror: f64,
  withNtk: bool,
  affine: bool,
  positive: bool,
  to: bool,
  shift: bool,
  lead: bool,
  w: f64,
  c: f64,
): void {
  const end = nngp + ((<usize>n) << 3)
  const a = splat(w * A)
  const b = splat(w * B)
  const straight = splat(w * B * PI)
  const mirrored = splat(w * mirror)
  const bias = splat(c)
  const less1 = splat(d11)
  const more1 = splat(e11)
  const none = splat(0)
  for (; nngp < end; nngp += 32) {
    const tx = v128.load(deficits + 2 * LIST)
    const ty = v128.load(deficits + 2 * LIST, 16)
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
    const acuteX = mul(b, mad(tx, mad(zx, sumX, two), v128.load(deficits + 3 * LIST)))
    const acuteY = mul(b, mad(ty, mad(zy, sumY, two), v128.load(deficits + 3 * LIST, 16)))

    const qx = v128.load(nngp)
    const qy = v128.load(nngp, 16)
    let dx = sub(a, acuteX)
    let dy = sub(a, acuteY)
    // θ, or π - θ for a negative q
    const leftX = positive ? none : f64x2.lt(qx, none)
    const leftY = positive ? none : f64x2.lt(qy, none)
    if (!positive) {
      const sign = signBit()
      dx = sub(sub(a, v128.and(leftX, straight)), v128.xor(acuteX, v128.and(leftX, sign)))
      dy = sub(sub(a, v128.and(leftY, straight)), v128.xor(acuteY, v128.and(leftY, sign)))
    }
    const bx = mul(b, v128.load(deficits + LIST))
    const by = mul(b, v128.load(deficits + LIST, 16))
    const kx = add(add(bx, mul(dx, qx)), bias)
    const ky = add(add(by, mul(dy, qy)), bias)
    if (to) {
      const sizeX = positive ? qx : v128.andnot(qx, signBit())
      const sizeY = positive ? qy : v128.andnot(qy, signBit())
      let nextX = sub(mul(a, v128.load(deficits)), sub(bx, mul(acuteX, sizeX)))
      let nextY = sub(mul(a, v128.load(deficits, 16)), sub(by, mul(acuteY, sizeY)))
      if (!positive) {
        nextX = add(nextX, v128.and(leftX, mul(mirrored, sizeX)))
        nextY = add(nextY, v128.and(leftY, mul(mirrored, sizeY)))
      }
      if (shift) {
        const apartX = sub(mul(less1, v128.load(e22)), mul(more1, v128.load(d22)))
        const apartY = sub(mul(less1, v128.load(e22, 16)), mul(more1, v128.load(d22, 16)))
        nextX = mad(apartX, apartX, nextX)
        nextY = mad(apartY, apartY, nextY)
        d22 += 32
        e22 += 32
      }
      v128.store(deficits, f64x2.pmax(nextX, none))
      v128.store(deficits, f64x2.pmax(nextY, none), 16)
    }
    deficits += 32
    if (withNtk) {
      const hx = mul(lead ? qx : v128.load(ntk), dx)
      const hy = mul(lead ? qy : v128.load(ntk, 16), dy)
      v128.store(ntk, affine ? add(kx, hx) : hx)
      v128.store(ntk, affine ? add(ky, hy) : hy, 16)
      ntk += 32
    }
    v128.store(nngp, kx)
    v128.store(nngp, ky, 16)
  }
}
