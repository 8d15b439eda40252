import {
  type Aval,
  bytesPerElement,
  type DType,
  type Inputs,
  type Outputs,
  type Params,
  type Primitive,
  type Shape,
  sizeOf,
} from '@ntk/tensor'
import { numbersOf } from '../fuse.js'
import type { Machine } from '../machine.js'
import type { DeviceMemory } from '../memory.js'
import { Value } from '../value.js'

/** Runs one primitive. Inputs are only looked at; each output is a value of its own, which the caller holds. Sizes of 0 may come. */
export type CudaRule<P extends Primitive> = (
  machine: Machine,
  inputs: Inputs<P, Value>,
  params: Params<P>,
  outputs: Outputs<P, Aval>,
) => Outputs<P, Value>

export type CudaTable<P extends Primitive> = { readonly [Q in P]: CudaRule<Q> }

/** Contiguous numbers, given to the value. */
export const stored = (memory: DeviceMemory, { shape, dtype }: Aval): Value =>
  new Value(shape, dtype, { kind: 'stored', memory })

export const everywhere = ({ shape, dtype }: Aval, number: number): Value =>
  new Value(shape, dtype, { kind: 'everywhere', number })

/** Elements of contiguous numbers; shares their memory. */
export function picked(machine: Machine, from: Value, to: Aval, offset: number, strides: Shape): Value {
  const memory = numbersOf(machine, from).hold()
  return new Value(to.shape, to.dtype, { kind: 'picked', memory, offset, strides })
}

/** New memory, filled by `write`, or given back where that fails. */
export function written(
  machine: Machine,
  bytes: number,
  write: (memory: DeviceMemory) => void,
): DeviceMemory {
  const memory = machine.allocate(bytes)
  try {
    write(memory)
  } catch (error) {
    memory.release()
    throw error
  }
  return memory
}

/** A value of another dtype, with the same numbers in it. */
export function castTo(value: Value, dtype: DType): Value {
  if (value.dtype === dtype) return value.hold()
  return new Value(value.shape, dtype, { kind: 'computed', primitive: 'cast', operands: [value.hold()] })
}

/** An output whose numbers `write` puts into new memory. */
export function filledBy(machine: Machine, out: Aval, write: (memory: DeviceMemory) => void): Value {
  return stored(written(machine, sizeOf(out.shape) * bytesPerElement[out.dtype], write), out)
}
