import type { DType } from '../dtype.js'
import {
  type BinaryFloat,
  type BinaryNumber,
  binaryFloat,
  binaryNumber,
  type Compare,
  compare,
  type ElementwiseParams,
  type Logical,
  logical,
  type UnaryFloat,
  type UnaryNumber,
  unaryFloat,
  unaryNumber,
} from '../primitives.js'
import { broadcastShapes } from '../shape.js'
import type { Aval } from '../value.js'
import { arity, commonDType, floats, type InferTable, needDType, numbers } from './rule.js'

type Rule = (inputs: readonly Aval[], params: unknown, name: string) => Aval[]

const unary =
  (allowed: readonly DType[], out?: DType): Rule =>
  (inputs, _, name) => {
    arity(name, inputs, 1)
    const x = inputs[0] as Aval
    needDType(name, x, allowed)
    return [{ shape: x.shape, dtype: out ?? x.dtype }]
  }

const binary =
  (allowed: readonly DType[], out?: DType): Rule =>
  (inputs, _, name) => {
    arity(name, inputs, 2)
    const [a, b] = inputs as [Aval, Aval]
    needDType(name, a, allowed)
    const dtype = commonDType(name, inputs)
    return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: out ?? dtype }]
  }

function all<K extends string>(names: readonly K[], rule: Rule): Record<K, Rule> {
  return Object.fromEntries(names.map((n) => [n, rule])) as Record<K, Rule>
}

export const elementwise: InferTable<keyof ElementwiseParams> = {
  ...all<UnaryFloat>(unaryFloat, unary(floats)),
  ...all<UnaryNumber>(unaryNumber, unary(numbers)),
  ...all<BinaryNumber>(binaryNumber, binary(numbers)),
  ...all<BinaryFloat>(binaryFloat, binary(floats)),
  ...all<Compare>(compare, binary([...numbers, 'bool'], 'bool')),
  ...all<Logical>(logical, binary(['bool'])),
  not: unary(['bool']),
  isFinite: unary(floats, 'bool'),
  select: (inputs, _, name) => {
    arity(name, inputs, 3)
    const [c, a, b] = inputs as [Aval, Aval, Aval]
    needDType(name, c, ['bool'])
    return [{ shape: broadcastShapes(name, c.shape, a.shape, b.shape), dtype: commonDType(name, [a, b]) }]
  },
  cast: (inputs, { dtype }, name) => {
    arity(name, inputs, 1)
    return [{ shape: (inputs[0] as Aval).shape, dtype }]
  },
}
