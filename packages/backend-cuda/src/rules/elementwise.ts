import {
  type Aval,
  allocate,
  type BackendTensor,
  binaryFloat,
  binaryNumber,
  compare,
  type ElementwiseParams,
  eachOf,
  hostBackend,
  type Inputs,
  logical,
  mapInputs,
  type Params,
  sameShape,
  unaryFloat,
  unaryNumber,
} from '@ntk/tensor'
import { mostWeight, numbersOf } from '../fuse.js'
import { broadcastStrides } from '../layout.js'
import type { Machine } from '../machine.js'
import { Value } from '../value.js'
import { type CudaTable, everywhere, picked } from './rule.js'

/** A value as an operand of the shape of the result, held for it. */
function operandOf(machine: Machine, value: Value, { shape }: Aval): Value {
  if (sameShape(value.shape, shape)) return value.hold()
  const { dtype, source } = value
  if (source.kind === 'everywhere') return everywhere({ shape, dtype }, source.number)
  return picked(machine, value, { shape, dtype }, 0, broadcastStrides(value.shape, shape.length))
}

/** What waits and would make the program too long is computed now, the longest first. */
function shorten(machine: Machine, operands: readonly Value[]): void {
  const byWeight = [...operands].sort((a, b) => b.weight - a.weight)
  for (const operand of byWeight) {
    const total = operands.reduce((sum, { weight }) => sum + weight, 1)
    if (total <= mostWeight) return
    numbersOf(machine, operand)
  }
}

/** One number made of one number each, by the engine of the host. */
function folded<P extends keyof ElementwiseParams>(
  primitive: P,
  inputs: Inputs<P, Value>,
  params: Params<P>,
  { dtype }: Aval,
): number | null {
  const numbers: number[] = []
  for (const { source } of inputs) if (source.kind === 'everywhere') numbers.push(source.number)
  if (numbers.length < inputs.length) return null
  const host = hostBackend()
  let k = 0
  const tensors = mapInputs(inputs, (value): BackendTensor => {
    const data = allocate(value.dtype, 1).fill(numbers[k++] as number)
    return { buffer: host.upload(data, [], value.dtype), shape: [], dtype: value.dtype }
  })
  const [buffer] = host.run(primitive, tensors, params, [{ shape: [], dtype }])
  return host.readSync({ buffer, shape: [], dtype })?.[0] ?? null
}

const rule =
  <P extends keyof ElementwiseParams>(primitive: P) =>
  (machine: Machine, inputs: Inputs<P, Value>, params: Params<P>, [out]: readonly [Aval]): [Value] => {
    const number = folded(primitive, inputs, params, out)
    if (number !== null) return [everywhere(out, number)]
    const operands = inputs.map((value) => operandOf(machine, value, out))
    shorten(machine, operands)
    return [new Value(out.shape, out.dtype, { kind: 'computed', primitive, operands })]
  }

export const elementwise: CudaTable<keyof ElementwiseParams> = {
  ...eachOf([...unaryFloat, ...unaryNumber], rule),
  ...eachOf([...binaryNumber, ...binaryFloat, ...compare, ...logical], rule),
  not: rule('not'),
  isFinite: rule('isFinite'),
  select: rule('select'),
  cast: rule('cast'),
}
