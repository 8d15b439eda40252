import { add, bind1, type ContractParams } from '@ntk/tensor'
import type { JvpRule, JvpTable } from './rule.js'

/** d(a · b) = da · b + a · db. */
function bilinear<P extends keyof ContractParams>(primitive: P): JvpRule<P> {
  return ([a, b], [ta, tb], params) => {
    if (ta === null) return [bind1(primitive, [a, tb], params)]
    const left = bind1(primitive, [ta, b], params)
    return [tb === null ? left : add(left, bind1(primitive, [a, tb], params))]
  }
}

export const contraction: JvpTable<keyof ContractParams> = {
  dotGeneral: bilinear('dotGeneral'),
  convGeneralDilated: bilinear('convGeneralDilated'),
}
