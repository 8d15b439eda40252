import {
  type Aval,
  bind1,
  broadcastTo,
  constantFromData,
  fullLike,
  lift,
  reshape,
  type Shape,
  sameShape,
  type Tensor,
  type Value,
} from '@ntk/tensor'

/** A derivative of a value, of its shape and dtype; null stands for a zero that is never computed. Integers and bools have null. */
export type Tangent = Value | null

/** The tangent, or zeros of the shape of x. */
export function instantiate(t: Tangent, x: Value): Value {
  return t ?? fullLike(x, 0)
}

/** t repeated to the shape of the output that it is a tangent of. */
export function wide(t: Value, shape: Shape): Value {
  return sameShape(t.shape, shape) ? t : broadcastTo(t, shape)
}

/** The adjoint of broadcasting `shape` to the shape of ct: a sum over the axes that were repeated. */
export function unbroadcast(ct: Value, shape: Shape): Value {
  if (sameShape(ct.shape, shape)) return ct
  const lead = ct.shape.length - shape.length
  const axes: number[] = []
  for (let i = 0; i < ct.shape.length; i++) {
    if (i < lead || (shape[i - lead] === 1 && ct.shape[i] !== 1)) axes.push(i)
  }
  return reshape(axes.length === 0 ? ct : bind1('reduceSum', [ct], { axes }), shape)
}

/** The sum of two tangents, null being zero. */
export function addTangents(a: Tangent, b: Tangent): Tangent {
  if (a === null) return b
  return b === null ? a : bind1('add', [a, b], {})
}

/** A number as a scalar of the dtype and backend of x. */
export function scalarLike(x: Value, value: number): Value {
  return lift(x, value)[1]
}

/** Zeros of this shape and dtype on the backend of `beside`. */
export function zerosOf({ shape, dtype }: Aval, beside: Value): Tensor {
  return fullLike({ shape, dtype, interpreter: null, backend: beside.backend }, 0)
}

/** start, start + 1, ..., start + n − 1 as int32 on the backend of `beside`. */
export function iotaBeside(beside: Value, n: number, start = 0): Value {
  return constantFromData(
    Int32Array.from({ length: n }, (_, i) => start + i),
    [n],
    beside.backend,
  )
}
