import { compare, type ElementwiseParams, each, logical, type Params, type Tensor } from '@ntk/tensor'
import { bools, distinct, floats, type Input, ints, values } from '../support/inputs.js'
import type { Case, CaseTable } from './case.js'

type Elementwise = keyof ElementwiseParams
type Plain<N extends 1 | 2> = Case<N, Params<'add'>>

const unary = (low: number, high: number): readonly Plain<1>[] => [
  { title: 'a matrix', inputs: [floats([2, 3], low, high)], params: {} },
  { title: 'a scalar', inputs: [floats([], low, high)], params: {} },
]

const away: Input = () => {
  const x = floats([2, 3], 0.2, 0.9)()
  x.dataSync().forEach((v, i, data) => {
    data[i] = i % 2 === 0 ? v : -v
  })
  return x
}

/** Every way in which two operands broadcast. */
const binary = (a: (shape: number[]) => Input, b: (shape: number[]) => Input): readonly Plain<2>[] => [
  { title: 'equal shapes', inputs: [a([2, 3]), b([2, 3])], params: {} },
  { title: 'a row on the right', inputs: [a([2, 3]), b([3])], params: {} },
  { title: 'a column on the left', inputs: [a([2, 1]), b([2, 3])], params: {} },
  { title: 'a scalar on the right', inputs: [a([2, 2]), b([])], params: {} },
  { title: 'both repeated', inputs: [a([2, 1, 2]), b([3, 1])], params: {} },
]

/** The values, each time with another factor near 1. */
function scaled(numbers: number[]): Tensor {
  const factor = floats([], 0.99, 1.01)().item()
  return values(numbers.map((v) => v * factor))
}

const number = (shape: number[]): Input => floats(shape)
const positive = (shape: number[]): Input => floats(shape, 0.5, 2)

export const elementwise: CaseTable<Elementwise> = {
  sqrt: unary(0.3, 2),
  rsqrt: unary(0.3, 2),
  exp: unary(-1, 1),
  expm1: unary(-1, 1),
  log: unary(0.3, 2),
  log1p: unary(-0.5, 1),
  sin: unary(-2, 2),
  cos: unary(-2, 2),
  tan: unary(-1, 1),
  asin: unary(-0.8, 0.8),
  acos: unary(-0.8, 0.8),
  atan: unary(-2, 2),
  sinh: unary(-1, 1),
  cosh: unary(-1, 1),
  tanh: unary(-2, 2),
  asinh: unary(-2, 2),
  acosh: unary(1.3, 3),
  atanh: unary(-0.7, 0.7),
  erf: unary(-1.5, 1.5),
  erfc: unary(-1.5, 1.5),
  erfInv: unary(-0.8, 0.8),
  logistic: unary(-3, 3),
  floor: unary(0.1, 0.9),
  ceil: unary(-0.9, -0.1),
  round: unary(-0.4, 0.4),
  neg: [...unary(-1, 1), { title: 'integers', inputs: [ints([3], -4, 4)], params: {} }],
  abs: [{ title: 'both signs', inputs: [away], params: {} }],
  sign: [{ title: 'both signs', inputs: [away], params: {} }],
  add: [
    ...binary(number, number),
    { title: 'integers', inputs: [ints([3], -4, 4), ints([], -4, 4)], params: {} },
  ],
  sub: binary(number, number),
  mul: binary(number, number),
  div: binary(number, positive),
  rem: [
    {
      title: 'both signs',
      inputs: [() => scaled([2.6, -2.6, 1.1, 5.2]), () => scaled([1, 1, -0.7, 1.5])],
      params: {},
    },
    {
      title: 'a scalar divisor',
      inputs: [() => scaled([2.6, -2.6, 1.1, 5.2]), floats([], 0.96, 1.04)],
      params: {},
    },
  ],
  max: [
    { title: 'equal shapes', inputs: [distinct([2, 3]), distinct([2, 3], 0.17)], params: {} },
    { title: 'against a scalar', inputs: [distinct([2, 3]), floats([], 0.01, 0.02)], params: {} },
  ],
  min: [
    { title: 'equal shapes', inputs: [distinct([2, 3]), distinct([2, 3], 0.17)], params: {} },
    { title: 'against a scalar', inputs: [distinct([2, 3]), floats([], 0.01, 0.02)], params: {} },
  ],
  pow: binary(positive, number),
  atan2: binary(positive, number),
  ...each(compare, binary(number, number)),
  ...each(logical, binary(bools, bools)),
  not: [{ title: 'a matrix', inputs: [bools([2, 3])], params: {} }],
  isFinite: unary(-1, 1),
  select: [
    { title: 'equal shapes', inputs: [bools([2, 3]), floats([2, 3]), floats([2, 3])], params: {} },
    { title: 'a scalar branch', inputs: [bools([2, 3]), floats([]), floats([2, 3])], params: {} },
    {
      title: 'both branches narrower than the condition',
      inputs: [bools([2, 3]), floats([3]), floats([])],
      params: {},
    },
    { title: 'a narrow condition', inputs: [bools([3]), floats([2, 1]), floats([2, 3])], params: {} },
  ],
  cast: [
    { title: 'to the same dtype', inputs: [floats([3])], params: { dtype: 'float64' } },
    { title: 'to int32', inputs: [floats([3], 0.1, 0.9)], params: { dtype: 'int32' } },
    { title: 'to bool', inputs: [floats([3], 0.1, 0.9)], params: { dtype: 'bool' } },
    { title: 'from int32', inputs: [ints([3], -4, 4)], params: { dtype: 'float64' } },
  ],
}
