import { add, lit, mad, mul } from '../math/simd'
import { AQ0, AQ1, AQ10, AQ2, AQ3, AQ4, AQ5, AQ6, AQ7, AQ8, AQ9 } from '../math/tables'

const FOUR: usize = memory.data<f64>([4])
const TWICE: usize = memory.data<f64>([2])
// 1e-290 (tan(pi/8), 1): what the quotient becomes where a side is zero twice
const LEAST: usize = memory.data<f64>([1e-290])
const LEAST_WIDTH: usize = memory.data<f64>([2.414213562373095e-290])

/**
 * The angle in [0, pi/2] of a right triangle with legs `opposite` and `adjacent` >= 0 and hypotenuse r, as
 * four times the angle whose tangent is opposite / (w + sqrt(2 r w)), w = r + adjacent: every term is
 * positive, so the relative error is a few ulp, and no argument reduction is needed. A triangle that is only
 * a point has angle pi/2.
 */
@inline
export function quarterAngle(opposite: v128, adjacent: v128, r: v128): v128 {
  const w = add(r, adjacent)
  const h = f64x2.sqrt(mul(mul(lit(TWICE), r), w))
  const t = f64x2.div(add(opposite, lit(LEAST)), add(add(w, h), lit(LEAST_WIDTH)))
  const z = mul(t, t)
  let p = mad(z, lit(AQ10), lit(AQ9))
  p = mad(p, z, lit(AQ8))
  p = mad(p, z, lit(AQ7))
  p = mad(p, z, lit(AQ6))
  p = mad(p, z, lit(AQ5))
  p = mad(p, z, lit(AQ4))
  p = mad(p, z, lit(AQ3))
  p = mad(p, z, lit(AQ2))
  p = mad(p, z, lit(AQ1))
  p = mad(p, z, lit(AQ0))
  return add(mul(t, lit(FOUR)), mul(mul(t, z), p))
}
