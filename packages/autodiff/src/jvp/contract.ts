import { bind1, type ContractParams } from '@ntk/tensor'
import { sumOverTangents } from '../core/tangent.js'
import type { JvpRule, JvpTable } from './rule.js'

/** d(a · b) = da · b + a · db. */
function bilinear<P extends keyof ContractParams>(primitive: P): JvpRule<P> {
  return ([a, b], t, params) => [
    sumOverTangents(
      t,
      (ta) => bind1(primitive, [ta, b], params),
      (tb) => bind1(primitive, [a, tb], params),
    ),
  ]
}

export const contraction: JvpTable<keyof ContractParams> = {
  dotGeneral: bilinear('dotGeneral'),
  convGeneralDilated: bilinear('convGeneralDilated'),
}
