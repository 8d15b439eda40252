import { bind1, type ContractParams, type Value } from '@ntk/tensor'
import { addTangents } from '../core/tangent.js'
import type { JvpRule, JvpTable } from './rule.js'

/** d(a · b) = da · b + a · db. */
function bilinear<P extends keyof ContractParams>(primitive: P): JvpRule<P> {
  return ([a, b], [ta, tb], params) => [
    addTangents(
      ta ? bind1(primitive, [ta, b as Value], params) : null,
      tb ? bind1(primitive, [a as Value, tb], params) : null,
    ),
  ]
}

export const contraction: JvpTable<keyof ContractParams> = {
  dotGeneral: bilinear('dotGeneral'),
  convGeneralDilated: bilinear('convGeneralDilated'),
}
