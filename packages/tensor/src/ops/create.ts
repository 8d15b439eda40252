import { bind1 } from '../bind.js'
import type { DType } from '../dtype.js'
import { allocate } from '../dtype.js'
import { requireInteger, requireNumber, requireValue } from '../options/require.js'
import { type Shape, sizeOf } from '../shape.js'
import { constantFromData, type Tensor } from '../tensor.js'
import type { Value } from '../value.js'
import { add, equal, mul } from './binary.js'
import { cast, expandDims } from './shaping.js'

/** Elements of the longest array of any runtime of today. */
const longest = 2 ** 33

/** One number everywhere, float64 unless `dtype` says otherwise. */
export function full(shape: Shape, value: number, dtype: DType = 'float64'): Tensor {
  requireNumber(value, 'value of full')
  return bind1('full', [], { dtype, shape, value })
}

export function zeros(shape: Shape, dtype: DType = 'float64'): Tensor {
  return full(shape, 0, dtype)
}

export function ones(shape: Shape, dtype: DType = 'float64'): Tensor {
  return full(shape, 1, dtype)
}

/** One number everywhere, of the shape, dtype and backend of `x`; a Tensor, also where x is a tracer. */
export function fullLike(x: Value, value: number): Tensor {
  requireValue(x, 'x of fullLike')
  requireNumber(value, 'value of fullLike')
  const data = allocate(x.dtype, sizeOf(x.shape))
  if (value !== 0) data.fill(value)
  return constantFromData(data, x.shape, x.backend)
}

export function zerosLike(x: Value): Tensor {
  return fullLike(x, 0)
}

export function onesLike(x: Value): Tensor {
  return fullLike(x, 1)
}

/** 0, 1, ..., n − 1 as int32, or as `dtype`. */
export function arange(n: number, dtype: DType = 'int32'): Tensor {
  return bind1('iota', [], { dtype, shape: [n], axis: 0 })
}

/** `count` equal steps from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, count: number): Tensor {
  requireNumber(start, 'start of linspace')
  requireNumber(stop, 'stop of linspace')
  requireInteger(count, 'count of linspace', 1)
  if (count === 1) return full([1], start)
  return add(mul(arange(count, 'float64'), (stop - start) / (count - 1)), start)
}

/** The identity matrix [n, n]. */
export function eye(n: number, dtype: DType = 'float64'): Tensor {
  // Known before the indices are made, which alone would take a minute.
  requireInteger(n, 'n of eye', 0, Math.floor(Math.sqrt(longest)))
  const i = arange(n)
  return cast(equal(expandDims(i, 1), i), dtype)
}

/** int32 labels [...] to [..., classes] with a 1 at each label. */
export function oneHot(labels: Tensor, classes: number, dtype: DType = 'float64'): Tensor {
  requireValue(labels, 'labels of oneHot')
  requireInteger(classes, 'classes of oneHot', 0, longest)
  return cast(equal(expandDims(labels, -1), arange(classes)), dtype)
}
