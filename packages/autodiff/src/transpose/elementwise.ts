import {
  cast,
  compare,
  div,
  type ElementwiseParams,
  eachOf,
  logical,
  mul,
  neg,
  unaryFloat,
  type Value,
  where,
} from '@ntk/tensor'
import { scalarLike, unbroadcast } from '../core/tangent.js'
import { known, notLinear, type Operand, type TransposeTable } from './rule.js'

/** The part of a cotangent that belongs to an operand that may have been broadcast; null for a known operand. */
function toOperand(ct: () => Value, operand: Operand): Value | null {
  return operand.value !== null ? null : unbroadcast(ct(), operand.shape)
}

export const elementwise: TransposeTable<keyof ElementwiseParams> = {
  ...eachOf(
    [
      ...unaryFloat,
      ...compare,
      ...logical,
      'not',
      'isFinite',
      'abs',
      'sign',
      'rem',
      'max',
      'min',
      'pow',
      'atan2',
    ],
    notLinear,
  ),
  neg: ([ct]) => [neg(ct)],
  add: ([ct], [a, b]) => [toOperand(() => ct, a), toOperand(() => ct, b)],
  sub: ([ct], [a, b]) => [toOperand(() => ct, a), toOperand(() => neg(ct), b)],
  // linear in one operand
  mul: ([ct], [a, b]) =>
    a.value === null
      ? [toOperand(() => mul(ct, known('mul', b)), a), null]
      : [null, toOperand(() => mul(ct, known('mul', a)), b)],
  // linear in the numerator
  div: ([ct], [a, b]) => [toOperand(() => div(ct, known('div', b)), a), null],
  select: ([ct], [c, a, b]) => {
    const condition = known('select', c)
    const zero = scalarLike(ct, 0)
    return [
      null,
      toOperand(() => where(condition, ct, zero), a),
      toOperand(() => where(condition, zero, ct), b),
    ]
  },
  cast: ([ct], [x]) => [cast(ct, x.dtype)],
}
