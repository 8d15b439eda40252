import type { Backend, BackendBuffer, BackendTensor, CompositeKernel, CompositeKernels } from '../backend.js'
import type { CompositeName } from '../composites/contracts.js'
import { compositeNames } from '../composites/rules.js'
import { NtkError } from '../errors.js'

/** The same backend with buffers that are counted and freed, as on a device; one that was freed is an error. */
export function ownedMemory(backend: Backend): Backend {
  const bytes = new Map<BackendBuffer, number>()
  const made = <B extends readonly BackendBuffer[]>(buffers: B): B => {
    for (const buffer of buffers) if (ArrayBuffer.isView(buffer)) bytes.set(buffer, buffer.byteLength)
    return buffers
  }
  const need = (buffer: BackendBuffer): void => {
    if (bytes.has(buffer)) return
    throw new NtkError('freed', { what: 'A buffer was used, or freed again, after it was freed.' })
  }
  const alive = (inputs: readonly BackendTensor[]): void => {
    for (const x of inputs) need(x.buffer)
  }
  const kernelOf = <N extends CompositeName>(name: N): CompositeKernel<N> | undefined => {
    const kernel = backend.composites[name]
    if (kernel === undefined) return undefined
    return (inputs, params, outputs, donation) => {
      alive(inputs)
      const buffers = kernel(inputs, params, outputs, donation)
      return buffers === null ? null : made(buffers)
    }
  }
  const composites: CompositeKernels = Object.fromEntries(
    compositeNames.map((name) => [name, kernelOf(name)]).filter(([, kernel]) => kernel !== undefined),
  )
  return {
    ...backend,
    composites,
    collected: false,
    // a view of its own: the same array may be given twice, and is freed twice
    upload: (data, shape, dtype) => made([backend.upload(data.subarray(), shape, dtype)])[0] as BackendBuffer,
    read: async (tensor) => {
      need(tensor.buffer)
      return backend.read(tensor)
    },
    readSync: (tensor) => {
      need(tensor.buffer)
      return backend.readSync(tensor)
    },
    free: (buffer) => {
      need(buffer)
      bytes.delete(buffer)
    },
    memory: () => ({ buffers: bytes.size, bytes: [...bytes.values()].reduce((a, b) => a + b, 0) }),
    run: (primitive, inputs, params, outputs, donation) => {
      alive(inputs)
      return made(backend.run(primitive, inputs, params, outputs, donation))
    },
  }
}
