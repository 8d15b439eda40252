import { add, lit, mad, mul, sub, TWO } from '../math/simd'
import { AH0, AH1, AH2, AH3, AH4, AH5, AH6, AH7 } from '../math/tables'

/** tan(pi/12), from which on the half angle is taken off pi/6, whose tangent follows. */
export const STEEP: usize = memory.data<f64>([0.2679491924311227])
export const TURN: usize = memory.data<f64>([0.5773502691896257])
export const TWICE_TURN: usize = memory.data<f64>([1.0471975511965979])
/** 1e-290 (tan(pi/12), 1): what the quotient becomes where a side is zero twice. */
export const LEAST: usize = memory.data<f64>([1e-290])
export const LEAST_OPPOSITE: usize = memory.data<f64>([2.679491924311227e-291])

/**
 * The angle in [0, pi/2] of a right triangle with legs `opposite` and `adjacent` >= 0, as twice the angle whose
 * tangent is opposite / w with w = hypotenuse + adjacent: every term of w is positive, so that small angles are
 * right to a few ulp. A triangle that is only a point has angle pi/2.
 */
@inline
export function angle(opposite: v128, w: v128): v128 {
  const steep = f64x2.ge(opposite, mul(w, lit(STEEP)))
  const turn = v128.and(steep, lit(TURN))
  const across = add(sub(opposite, mul(turn, w)), v128.and(steep, lit(LEAST_OPPOSITE)))
  const t = f64x2.div(across, add(mad(turn, opposite, w), lit(LEAST)))
  const z = mul(t, t)
  const zz = mul(z, z)
  const high = mad(mad(z, lit(AH7), lit(AH6)), zz, mad(z, lit(AH5), lit(AH4)))
  const low = mad(mad(z, lit(AH3), lit(AH2)), zz, mad(z, lit(AH1), lit(AH0)))
  const p = mad(mul(zz, zz), high, low)
  return add(mul(t, mad(z, p, lit(TWO))), v128.and(steep, lit(TWICE_TURN)))
}
