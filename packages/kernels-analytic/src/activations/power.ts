import { add, mul, type Value } from '@ntk/tensor'

/** x^degree of a whole degree; ones where it is 0. */
export function power<V extends Value>(x: V, degree: number): V {
  if (degree === 0) return add(mul(x, 0), 1)
  let out = x
  for (let i = 1; i < degree; i++) out = mul(out, x)
  return out
}
