import type { Backend } from '../backend.js'
import { allocate, type DType, isFloat } from '../dtype.js'
import { NtkError } from '../errors.js'
import { constantFromData, type Tensor } from '../tensor.js'
import type { Value } from '../value.js'

/** A number as a scalar of `dtype`; int32 and bool refuse numbers they cannot hold. */
export function scalar(value: number, dtype: DType, backend?: Backend): Tensor {
  if (!isFloat(dtype) && (!Number.isInteger(value) || (dtype === 'bool' && value !== 0 && value !== 1))) {
    throw new NtkError('dtype', {
      what: `A number that meets a tensor of ${dtype} must be one.`,
      got: String(value),
      fix: "Convert the tensor with cast(x, 'float64').",
    })
  }
  const data = allocate(dtype, 1)
  data[0] = value
  return constantFromData(data, [], backend)
}

/**
 * Two operands as values: a plain number becomes a scalar of the dtype (and backend) of the value it meets; two numbers
 * are float64.
 */
export function lift<V extends Value>(a: V | number, b: V | number): [V, V] {
  if (typeof a !== 'number') return typeof b === 'number' ? [a, beside(a, b)] : [a, b]
  return typeof b === 'number' ? [alone(a), alone(b)] : [beside(b, a), b]
}

/** A number as a scalar that goes with x. A Tensor passes for a tracer, as everywhere. */
function beside<V extends Value>(x: V, value: number): V {
  // What is no value at all is told apart later, with the op's name.
  const model: Partial<Value> | null | undefined = x
  const made: Value = scalar(value, model?.dtype ?? 'float64', model?.backend)
  return made as V
}

function alone<V extends Value>(value: number): V {
  const made: Value = scalar(value, 'float64')
  return made as V
}
