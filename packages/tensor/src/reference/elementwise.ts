import { eachOf } from '../each.js'
import { allocate, type TypedArray } from '../dtype.js'
import {
  type BinaryFloat, type BinaryNumber, binaryFloat, binaryNumber, type Compare, compare, type ElementwiseParams, type Logical, logical,
  type UnaryFloat, type UnaryNumber, unaryFloat, unaryNumber,
} from '../primitives.js'
import type { Aval } from '../aval.js'
import { broadcastStrides, eachIndex, type HostTable, type HostTensor, offset } from './host.js'
import { erf, erfc, erfInv, roundHalfEven } from './scalar-math.js'

export const unaryFunctions: Readonly<Record<UnaryFloat | UnaryNumber, (x: number) => number>> = {
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  asinh: Math.asinh,
  acosh: Math.acosh,
  atanh: Math.atanh,
  erf,
  erfc,
  erfInv,
  logistic: (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x))),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
}

export const binaryFunctions: Readonly<Record<BinaryNumber | BinaryFloat | Compare | Logical, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  rem: (a, b) => a % b,
  max: Math.max,
  min: Math.min,
  // IEEE pow: 1^y is 1 also where y is NaN or infinite
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b),
  atan2: Math.atan2,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  lt: (a, b) => Number(a < b),
  le: (a, b) => Number(a <= b),
  gt: (a, b) => Number(a > b),
  ge: (a, b) => Number(a >= b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
}

/** int32 products must wrap exactly, which doubles above 2^53 do not. */
const intBinary: Partial<typeof binaryFunctions> = { mul: Math.imul, div: (a, b) => Math.trunc(a / b) }

/** f over broadcast operands. */
export function mapBroadcast(inputs: readonly HostTensor[], output: Aval, f: (...xs: number[]) => number): [TypedArray] {
  const out = allocate(output.dtype, output.shape.reduce((s, d) => s * d, 1))
  const strides = inputs.map((x) => broadcastStrides(x.shape, output.shape.length))
  const args = new Array<number>(inputs.length)
  eachIndex(output.shape, (index, flat) => {
    for (let k = 0; k < inputs.length; k++) {
      args[k] = (inputs[k] as HostTensor).data[offset(index, strides[k] as number[])] as number
    }
    out[flat] = f(...args)
  })
  return [out]
}

type Rule<I> = (inputs: I, params: unknown, outputs: readonly [Aval]) => [TypedArray]

const unary = (name: UnaryFloat | UnaryNumber): Rule<readonly [HostTensor]> => {
  const f = unaryFunctions[name]
  return (inputs, _, [out]) => mapBroadcast(inputs, out, (x) => f(x))
}

const binary = (name: BinaryNumber | BinaryFloat | Compare | Logical): Rule<readonly [HostTensor, HostTensor]> => {
  const f = binaryFunctions[name]
  return (inputs, _, [out]) => {
    const exact = inputs[0].dtype === 'int32' ? (intBinary[name] ?? f) : f
    return mapBroadcast(inputs, out, (a, b) => exact(a, b))
  }
}

export const elementwise: HostTable<keyof ElementwiseParams> = {
  ...eachOf([...unaryFloat, ...unaryNumber], unary),
  ...eachOf([...binaryNumber, ...binaryFloat, ...compare, ...logical], binary),
  not: (inputs, _, [out]) => mapBroadcast(inputs, out, (x) => 1 - x),
  isFinite: (inputs, _, [out]) => mapBroadcast(inputs, out, (x) => Number(Number.isFinite(x))),
  select: (inputs, _, [out]) => mapBroadcast(inputs, out, (c, a, b) => (c !== 0 ? a : b)),
  cast: (inputs, { dtype }, [out]) => mapBroadcast(inputs, out, dtype === 'bool' ? (x) => Number(x !== 0) : (x) => x),
}
