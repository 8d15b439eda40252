import type { Aval } from '../aval.js'
import { checkDType, type DType } from '../dtype.js'
import { each } from '../each.js'
import {
  binaryFloat,
  binaryNumber,
  compare,
  type ElementwiseParams,
  logical,
  unaryFloat,
  unaryNumber,
} from '../primitives.js'
import { broadcastShapes } from '../shape.js'
import { commonDType, floats, type InferTable, needDType, numbers } from './rule.js'

type Rule<I> = (inputs: I, params: unknown, name: string) => [Aval]

const unary =
  (allowed: readonly DType[], out?: DType): Rule<readonly [Aval]> =>
  ([x], _, name) => {
    needDType(name, x, allowed)
    return [{ shape: x.shape, dtype: out ?? x.dtype }]
  }

const binary =
  (allowed: readonly DType[], out?: DType): Rule<readonly [Aval, Aval]> =>
  (inputs, _, name) => {
    const [a, b] = inputs
    needDType(name, a, allowed)
    const dtype = commonDType(name, inputs)
    return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: out ?? dtype }]
  }

export const elementwise: InferTable<keyof ElementwiseParams> = {
  ...each(unaryFloat, unary(floats)),
  ...each(unaryNumber, unary(numbers)),
  ...each(binaryNumber, binary(numbers)),
  ...each(binaryFloat, binary(floats)),
  ...each(compare, binary([...numbers, 'bool'], 'bool')),
  ...each(logical, binary(['bool'])),
  not: unary(['bool']),
  isFinite: unary(floats, 'bool'),
  select: ([c, a, b], _, name) => {
    needDType(name, c, ['bool'])
    return [{ shape: broadcastShapes(name, c.shape, a.shape, b.shape), dtype: commonDType(name, [a, b]) }]
  },
  cast: ([x], { dtype }, name) => {
    checkDType(name, dtype)
    return [{ shape: x.shape, dtype }]
  },
}
