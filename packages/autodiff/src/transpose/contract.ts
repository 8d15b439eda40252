import { bind1, type ContractParams, type Params, type Shape, transpose, type Value } from '@ntk/tensor'
import { range } from '../core/range.js'
import type { Tangent } from '../core/tangent.js'
import { imageCotangent, kernelCotangent } from './convolution.js'
import { known, type Operand, type TransposeTable } from './rule.js'
import { inversePermutation } from './shaping.js'

const isIdentity = (perm: Shape): boolean => perm.every((p, i) => p === i)

interface Side {
  readonly shape: Shape
  readonly batch: Shape
  readonly contract: Shape
}

const freeAxes = ({ shape, batch, contract }: Side): number[] =>
  range(shape.length).filter((i) => !batch.includes(i) && !contract.includes(i))

/** Axes in the ascending order in which they stand free in an output, with what each is paired with. */
function paired(axes: Shape, partners: Shape): number[] {
  return axes
    .map((axis, i) => ({ axis, partner: partners[i] as number }))
    .sort((p, q) => p.axis - q.axis)
    .map(({ partner }) => partner)
}

/**
 * The cotangent of one side of a contraction, by one contraction of ct with the other side. ct has axes [batch, left
 * free, right free]. The order of the operands is chosen so that the axes come out as they stand in the side where
 * that is possible; else they are permuted.
 */
function sideCotangent(ct: Value, side: Side, other: Side, otherValue: Value, isLeft: boolean): Value {
  const nb = side.batch.length
  const free = freeAxes(side)
  const otherFree = freeAxes(other)
  const theirs = isLeft ? nb + free.length : nb
  // what stays free of ct are the side's free axes; of the other operand, its contracted axes
  const ctFirst = [...side.batch, ...free, ...paired(other.contract, side.contract)]
  const otherFirst = [...side.batch, ...paired(other.contract, side.contract), ...free]
  const ctContract = range(otherFree.length, theirs)
  if (!isIdentity(ctFirst) && isIdentity(otherFirst)) {
    return bind1('dotGeneral', [otherValue, ct], {
      lhsContract: otherFree,
      rhsContract: ctContract,
      lhsBatch: other.batch,
      rhsBatch: range(nb),
    })
  }
  const out = bind1('dotGeneral', [ct, otherValue], {
    lhsContract: ctContract,
    rhsContract: otherFree,
    lhsBatch: range(nb),
    rhsBatch: other.batch,
  })
  return transpose(out, inversePermutation(ctFirst))
}

function dotCotangents(ct: Value, a: Operand, b: Operand, p: Params<'dotGeneral'>): [Tangent, Tangent] {
  const left: Side = { shape: a.shape, batch: p.lhsBatch, contract: p.lhsContract }
  const right: Side = { shape: b.shape, batch: p.rhsBatch, contract: p.rhsContract }
  if (a.value === null) return [sideCotangent(ct, left, right, known('dotGeneral', b), true), null]
  return [null, sideCotangent(ct, right, left, a.value, false)]
}

export const contraction: TransposeTable<keyof ContractParams> = {
  dotGeneral: ([ct], [a, b], params) => dotCotangents(ct, a, b, params),
  convGeneralDilated: ([ct], [lhs, rhs], params) =>
    lhs.value === null
      ? [imageCotangent(ct, lhs.shape, known('convGeneralDilated', rhs), params), null]
      : [null, kernelCotangent(ct, known('convGeneralDilated', lhs), rhs.shape, params)],
}
