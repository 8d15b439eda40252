import {
  type Aval,
  allocate,
  type Backend,
  type BackendBuffer,
  type BackendTensor,
  bytesPerElement,
  type DeviceHandle,
  type DType,
  deviceHandles,
  dtypes,
  type Inputs,
  mapInputs,
  mapOutputs,
  markCopy,
  NtkError,
  type Outputs,
  type Params,
  type Primitive,
  type TypedArray,
} from '@ntk/tensor'
import type { CudaApi } from './api.js'
import { numbersOf } from './fuse.js'
import { Machine } from './machine.js'
import { everywhere, stored } from './rules/rule.js'
import { cudaRules } from './table.js'
import type { Value } from './value.js'

const bytesOf = ({ size, dtype }: Value): number => size * bytesPerElement[dtype]

const valueOf = ({ buffer }: BackendTensor): Value => (buffer as DeviceHandle<Value>).value

function need(dtype: DType): void {
  if (dtypes.includes(dtype)) return
  throw new NtkError('unsupported', {
    what: `The cuda backend holds ${dtypes.join(', ')}.`,
    got: String(dtype),
  })
}

/** Integer products and windows of bool and the like are refused by the rules of shapes before they come here. */
export function backendOf(
  api: CudaApi,
  index: number,
): { readonly backend: Backend; readonly machine: Machine } {
  const machine = new Machine(api, index)
  const handles = deviceHandles<Value>({
    bytesOf,
    release: (value) => {
      value.wanted = false
      value.release()
    },
  })
  const hold = (value: Value): DeviceHandle<Value> => {
    value.wanted = true
    return handles.hold({ value })
  }
  const read = ({ dtype, ...tensor }: BackendTensor): TypedArray => {
    machine.enter()
    const value = valueOf({ dtype, ...tensor })
    const out = allocate(dtype, value.size)
    if (value.source.kind === 'everywhere') return out.fill(value.source.number)
    machine.download(numbersOf(machine, value), out)
    return out
  }
  const backend = markCopy<Backend>({
    name: 'cuda',
    dtypes,
    composites: {},
    collected: false,
    supports: () => true,
    upload: (data, shape, dtype) => {
      need(dtype)
      // one number is no transfer: it goes with the programs that need it
      if (data.length === 1) return hold(everywhere({ shape, dtype }, data[0] as number))
      machine.enter()
      return hold(stored(machine.upload(data), { shape, dtype }))
    },
    read: async (tensor) => read(tensor),
    readSync: read,
    free: (buffer) => handles.free(buffer),
    memory: () => handles.memory(),
    run: <P extends Primitive>(
      primitive: P,
      inputs: Inputs<P, BackendTensor>,
      params: Params<P>,
      outputs: Outputs<P, Aval>,
    ): Outputs<P, BackendBuffer> => {
      machine.enter()
      const results = cudaRules[primitive](machine, mapInputs(inputs, valueOf), params, outputs)
      return mapOutputs(results, (value) => hold(value))
    },
  })
  return { backend, machine }
}
