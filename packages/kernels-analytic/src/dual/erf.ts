import {
  add,
  atan2,
  bindComposite,
  type Composite,
  div,
  type ErfParams,
  mul,
  sqrt,
  type Value,
} from '@ntk/tensor'
import { pairDeterminant } from './pair.js'

/**
 * Dual of a erf(b x) + c. Inputs: q, q11, q22 (broadcastable) and, where wanted, Θ of q's shape. Outputs: T, and Θ·Ṫ.
 *
 * With covariances scaled by b² and R = (1 + 2 q11)(1 + 2 q22) − 4 q² = 1 + 2 (q11 + q22) + 4 (q11 q22 − q²), a sum of
 * positive terms that loses no digits: T = a² (2/π) atan2(2q, √R) + c², Ṫ = a² (4/π) / √R
 * (Williams 1997; Lee et al. 2019, supplement C).
 */
export const dualErfComposite: Composite<'dualErf'> = {
  name: 'dualErf',
  decompose: (inputs, { a, b, c }) => {
    const [q, q11, q22, ntk] = inputs
    const b2 = b * b
    const determinant = mul(pairDeterminant(q, q11, q22), 4 * b2 * b2)
    const root = sqrt(add(add(mul(add(q11, q22), 2 * b2), 1), determinant))
    const angle = atan2(mul(q, 2 * b2), root)
    const t = add(mul(angle, (2 * a * a) / Math.PI), c * c)
    return ntk === undefined ? [t] : [t, mul(ntk, div((4 * a * a * b2) / Math.PI, root))]
  },
}

/** T, and Θ·Ṫ (null without Θ), of a erf(b x) + c; see `dualErfComposite`. */
export function dualErf(
  params: ErfParams,
  q: Value,
  q11: Value,
  q22: Value,
  ntk: Value | null,
): [Value, Value | null] {
  const [t, theta] = bindComposite(
    dualErfComposite,
    ntk === null ? [q, q11, q22] : [q, q11, q22, ntk],
    params,
  )
  return [t, theta ?? null]
}

/** E[φ(u)²] = a² (2/π) atan2(2q, √(1 + 4q)) + c² with q scaled by b². */
export function varianceErf<V extends Value>({ a, b, c }: ErfParams, q: V): V {
  const b2 = b * b
  const root = sqrt(add(mul(add(q, q), 2 * b2), 1))
  return add(mul(atan2(mul(q, 2 * b2), root), (2 * a * a) / Math.PI), c * c)
}
