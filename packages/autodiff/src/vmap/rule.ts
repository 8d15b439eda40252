import {
  broadcastTo,
  type Inputs,
  moveAxis,
  NtkError,
  type Outputs,
  type Params,
  type Primitive,
  reshape,
  type Shape,
  type Value,
} from '@ntk/tensor'
import type { SomeInputs } from '../core/some.js'

/** Where the batch axis of an input stands; null where the input is the same for the whole batch. */
export type BatchAxis = number | null

/** Outputs with the batch axis of all of them. */
export interface Batched<O> {
  readonly outputs: O
  readonly axis: number
}

/** A primitive on inputs at least one of which has a batch axis; `size` is that axis's length. */
export type BatchRule<P extends Primitive> = (
  x: Inputs<P, Value>,
  axes: SomeInputs<P, number>,
  params: Params<P>,
  size: number,
) => Batched<Outputs<P, Value>>

export type BatchTable<P extends Primitive> = { readonly [Q in P]: BatchRule<Q> }

export const one = (output: Value, axis = 0): Batched<[Value]> => ({ outputs: [output], axis })

/** x with its batch axis first. */
export function front(x: Value, axis: number): Value {
  return axis === 0 ? x : moveAxis(x, axis, 0)
}

/** x with its batch axis at `to`; repeated where it has none. */
export function batchedAt(x: Value, axis: BatchAxis, size: number, to = 0): Value {
  if (axis !== null) return axis === to ? x : moveAxis(x, axis, to)
  const shape = [...x.shape.slice(0, to), size, ...x.shape.slice(to)]
  return broadcastTo(to === 0 ? x : reshape(x, [...x.shape.slice(0, to), 1, ...x.shape.slice(to)]), shape)
}

/** The first batch axis among those of the inputs. */
export function firstAxis(axes: readonly BatchAxis[]): number {
  return axes.find((axis) => axis !== null) as number
}

/** The place, with the batch axis in, of an axis of the example. */
export const shifted = (axis: number, batch: number): number => (axis < batch ? axis : axis + 1)

/** A list with one entry an axis of the example, with an entry for the batch axis put in. */
export function withEntry<T>(list: readonly T[], batch: number, entry: T): T[] {
  return [...list.slice(0, batch), entry, ...list.slice(batch)]
}

/** The shape of one example. */
export function exampleShape(shape: Shape, axis: BatchAxis): Shape {
  return axis === null ? shape : shape.filter((_, i) => i !== axis)
}

/** For primitives without inputs, which no batch can reach. */
export function noInputs(primitive: Primitive): () => never {
  return () => {
    throw new NtkError('value', { what: `${primitive} takes no inputs.` })
  }
}
