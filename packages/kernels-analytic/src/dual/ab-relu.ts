import {
  type AbReluParams,
  add,
  atan2,
  bindComposite,
  type Composite,
  equal,
  greater,
  logicalAnd,
  mul,
  sqrt,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import { pairDeterminant } from './pair.js'

/**
 * Dual of ABRelu. Inputs: q, q11, q22 (broadcastable) and, where wanted, Θ of q's shape. Outputs: T, and Θ·Ṫ.
 *
 * T = (a − b)² √(q11 q22 − q²) / 2π + Ṫ q,  Ṫ = (a² + b²)/2 − (a − b)² θ / 2π,  θ = atan2(√(q11 q22 − q²), q):
 * the arc-cosine kernel of degree 1 (Cho and Saul 2009; Lee et al. 2019, supplement C) for two slopes.
 *
 * At equal, opposite and zero inputs the root is cut out of the derivative, which is then Ṫ in q, finite everywhere.
 */
export const dualAbReluComposite: Composite<'dualAbRelu'> = {
  name: 'dualAbRelu',
  decompose: (inputs, { a, b }) => {
    const [q, q11, q22, ntk] = inputs
    const curvature = (a - b) ** 2 / (2 * Math.PI)
    const slope = (a ** 2 + b ** 2) / 2
    const determinant = pairDeterminant(q, q11, q22)
    const apart = greater(determinant, 0)
    const sine = where(apart, sqrt(where(apart, determinant, 1)), 0)
    // A pair with no variance counts as uncorrelated: atan2(1, 0) has a derivative, atan2(0, 0) has none.
    const degenerate = logicalAnd(equal(sine, 0), equal(q, 0))
    const angle = atan2(where(degenerate, 1, sine), q)
    const dotT = sub(slope, mul(angle, curvature))
    const t = add(mul(sine, curvature), mul(dotT, q))
    return ntk === undefined ? [t] : [t, mul(ntk, dotT)]
  },
}

/** T, and Θ·Ṫ (null without Θ), of ABRelu; see `dualAbReluComposite`. */
export function dualAbRelu(
  params: AbReluParams,
  q: Value,
  q11: Value,
  q22: Value,
  ntk: Value | null,
): [Value, Value | null] {
  const [t, theta] = bindComposite(
    dualAbReluComposite,
    ntk === null ? [q, q11, q22] : [q, q11, q22, ntk],
    params,
  )
  return [t, theta ?? null]
}

/** E[φ(u)²] = (a² + b²) q / 2. */
export function varianceAbRelu<V extends Value>({ a, b }: AbReluParams, q: V): V {
  return mul(q, (a ** 2 + b ** 2) / 2)
}
