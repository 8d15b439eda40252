import {
  cast,
  compare,
  div,
  type ElementwiseParams,
  logical,
  mul,
  neg,
  unaryFloat,
  type Value,
  where,
} from '@ntk/tensor'
import { scalarLike, unbroadcast } from '../core/tangent.js'
import { known, noneLinear, type Operand, type TransposeTable } from './rule.js'

/** The part of a cotangent that belongs to an operand that may have been broadcast; null for a known operand. */
function toOperand(ct: () => Value, operand: Operand | undefined): Value | null {
  return operand === undefined || operand.value !== null ? null : unbroadcast(ct(), operand.shape)
}

export const elementwise: TransposeTable<keyof ElementwiseParams> = {
  ...noneLinear([
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
  ]),
  neg: ([ct]) => [neg(ct as Value)],
  add: ([ct], [a, b]) => [toOperand(() => ct as Value, a), toOperand(() => ct as Value, b)],
  sub: ([ct], [a, b]) => [toOperand(() => ct as Value, a), toOperand(() => neg(ct as Value), b)],
  // linear in one operand
  mul: ([ct], [a, b]) =>
    a?.value === null
      ? [toOperand(() => mul(ct as Value, known('mul', b)), a), null]
      : [null, toOperand(() => mul(ct as Value, known('mul', a)), b)],
  // linear in the numerator
  div: ([ct], [a, b]) => [toOperand(() => div(ct as Value, known('div', b)), a), null],
  select: ([ct], [c, a, b]) => {
    const condition = known('select', c)
    const zero = scalarLike(ct as Value, 0)
    return [
      null,
      toOperand(() => where(condition, ct as Value, zero), a),
      toOperand(() => where(condition, zero, ct as Value), b),
    ]
  },
  cast: ([ct], [x]) => [cast(ct as Value, (x as Operand).dtype)],
}
