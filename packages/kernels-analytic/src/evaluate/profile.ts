import {
  add,
  cast,
  equal,
  floor,
  less,
  logicalAnd,
  logicalNot,
  minimum,
  mul,
  type ProfileParams,
  sqrt,
  sub,
  take,
  tensor,
  type Value,
  where,
} from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import { firstDeficit } from '../activations/deficit.js'

/** Coefficients of a polynomial. */
export const coefficients = 9

/** K and Θ of pairs by a profile, in ops: what the step `profile` means. */
export function readProfile({ q, q11, q22 }: PairCovariances, profile: ProfileParams): [Value, Value] {
  const { panels, gain } = profile
  const deficit = firstDeficit({ q, q11, q22 })
  const place = mul(sqrt(deficit), panels)
  const panel = minimum(floor(place), panels - 1)
  const x = sub(mul(sub(place, panel), 2), 1)
  const negative = less(q, 0)
  const first = mul(
    add(cast(panel, 'int32'), where<Value>(negative, panels, mul(cast(panel, 'int32'), 0))),
    2 * coefficients,
  )
  const table = cast(tensor(profile.table), q.dtype)
  const polynomial = (which: 0 | 1): Value => {
    let sum = take<Value>(table, add(first, which), 0)
    for (let power = 1; power < coefficients; power++) {
      sum = add(mul(sum, x), take<Value>(table, add(first, 2 * power + which), 0))
    }
    return sum
  }
  const scale = mul(mul(sqrt(q11), sqrt(q22)), gain)
  const same = logicalAnd(logicalAnd(equal(deficit, 0), equal(q11, q22)), logicalNot(negative))
  return [where(same, mul(q11, gain), mul(scale, polynomial(0))), mul(scale, polynomial(1))]
}
