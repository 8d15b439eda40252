import {
  type BinaryFloat,
  type BinaryNumber,
  binaryFloat,
  type Compare,
  type DType,
  type ElementwiseParams,
  eachOf,
  type Logical,
  type UnaryFloat,
  unaryFloat,
} from '@ntk/tensor'
import { cTypes } from './types.js'

/** The C expression of one element from those of its operands, which are names; `dtype` is that of the first data operand. */
type Expression = (operands: readonly string[], dtype: DType, to: DType) => string

/** Functions of C by the name of the primitive, where they differ. */
const names: Partial<Record<UnaryFloat | BinaryFloat, string>> = {
  erfInv: 'erfinv',
  round: 'rint',
  logistic: 'ntk_logistic',
}

/** CUDA's float32 versions of these are off by three units in the last place and more: they are rounded from float64. */
const wide: ReadonlySet<string> = new Set([
  'tan',
  'acos',
  'asin',
  'sinh',
  'cosh',
  'asinh',
  'acosh',
  'atanh',
  'erfc',
  'erfInv',
  'pow',
  'atan2',
  'logistic',
])

function call(name: UnaryFloat | BinaryFloat): Expression {
  const f = names[name] ?? name
  return (operands, dtype) => {
    if (dtype === 'float64') return `${f}(${operands.join(', ')})`
    if (!wide.has(name)) return `${f}f(${operands.join(', ')})`
    return `(float)${f}(${operands.map((x) => `(double)${x}`).join(', ')})`
  }
}

/** NaN where either is, and 0 above −0. */
function extremum(order: '<' | '>'): Expression {
  return ([a, b], dtype) => {
    const first = `${a} ${order} ${b}`
    if (dtype === 'int32' || dtype === 'bool') return `(${first} ? ${a} : ${b})`
    const zero = order === '>' ? `${a} + ${b}` : `-(-${a} - ${b})`
    return `(${a} != ${a} ? ${a} : ${b} != ${b} ? ${b} : ${a} == 0 && ${b} == 0 ? ${zero} : ${first} ? ${a} : ${b})`
  }
}

/** int32 wraps: what overflows is not defined in C, so the sum is that of unsigned numbers. */
function wrapping(operator: string): Expression {
  return ([a, b], dtype) =>
    dtype === 'int32' ? `(int)((u32)${a} ${operator} (u32)${b})` : `(${a} ${operator} ${b})`
}

const compared = (operator: string): Expression => {
  return ([a, b]) => `(u8)(${a} ${operator} ${b})`
}

const arithmetic: Readonly<Record<BinaryNumber, Expression>> = {
  add: wrapping('+'),
  sub: wrapping('-'),
  mul: wrapping('*'),
  // truncates; by 0 it is 0, as everywhere
  div: ([a, b], dtype) =>
    dtype === 'int32'
      ? `(${b} == 0 ? 0 : ${b} == -1 ? (int)(0u - (u32)${a}) : ${a} / ${b})`
      : `(${a} / ${b})`,
  rem: ([a, b], dtype) => {
    if (dtype === 'int32') return `(${b} == 0 || ${b} == -1 ? 0 : ${a} % ${b})`
    return dtype === 'float64' ? `fmod(${a}, ${b})` : `fmodf(${a}, ${b})`
  },
  max: extremum('>'),
  min: extremum('<'),
}

const comparisons: Readonly<Record<Compare, Expression>> = {
  eq: compared('=='),
  ne: compared('!='),
  lt: compared('<'),
  le: compared('<='),
  gt: compared('>'),
  ge: compared('>='),
}

const logic: Readonly<Record<Logical, Expression>> = {
  and: compared('&'),
  or: compared('|'),
  xor: compared('^'),
}

/** float to int32 takes the integer part modulo 2^32, and 0 of what is not finite, as JavaScript does. */
function cast([x]: readonly string[], from: DType, to: DType): string {
  if (to === 'bool') return `(u8)(${x} != 0)`
  if (to === 'int32' && (from === 'float64' || from === 'float32'))
    return `(${x} - ${x} == 0 ? (int)(u32)(i64)fmod(trunc((double)${x}), 4294967296.0) : 0)`
  return `(${cTypes[to]})${x}`
}

/** Every elementwise primitive in C. */
export const expressions: Readonly<Record<keyof ElementwiseParams, Expression>> = {
  ...eachOf(unaryFloat, call),
  ...eachOf(binaryFloat, call),
  ...arithmetic,
  ...comparisons,
  ...logic,
  neg: ([x], dtype) => (dtype === 'int32' ? `(int)(0u - (u32)${x})` : `(-${x})`),
  abs: ([x], dtype) => {
    if (dtype === 'int32') return `(${x} < 0 ? (int)(0u - (u32)${x}) : ${x})`
    return dtype === 'float64' ? `fabs(${x})` : `fabsf(${x})`
  },
  // NaN and zeros are their own signs
  sign: ([x], dtype) => `(${x} > 0 ? (${cTypes[dtype]})1 : ${x} < 0 ? (${cTypes[dtype]})-1 : ${x})`,
  not: ([x]) => `(u8)(1 - ${x})`,
  isFinite: ([x]) => `(u8)(${x} - ${x} == 0)`,
  select: ([condition, a, b]) => `(${condition} ? ${a} : ${b})`,
  cast,
}
