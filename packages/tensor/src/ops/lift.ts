import type { Backend } from '../backend.js'
import type { DType } from '../dtype.js'
import { allocate, isFloat } from '../dtype.js'
import { NtkError } from '../errors.js'
import { type Tensor, tensorFromData } from '../tensor.js'
import type { Value } from '../value.js'

function backendOf(like: readonly (Value | number)[]): Backend | undefined {
  for (const v of like) if (typeof v !== 'number' && v.backend !== undefined) return v.backend
  return undefined
}

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
  return tensorFromData(data, [], backend)
}

/** Plain numbers become scalars of the dtype (and backend) of the values they meet; two numbers are float64. */
export function lift(operands: readonly (Value | number)[]): Value[] {
  let dtype: DType = 'float64'
  for (const v of operands) {
    if (typeof v !== 'number') {
      dtype = v.dtype
      break
    }
  }
  return operands.map((v) => (typeof v === 'number' ? scalar(v, dtype, backendOf(operands)) : v))
}
