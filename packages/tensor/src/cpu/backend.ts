import type { Backend, BackendTensor } from '../backend.js'
import { dtypes, type TypedArray } from '../dtype.js'
import { evaluateReference } from '../reference/index.js'
import type { HostTensor } from '../reference/host.js'

function host(x: BackendTensor): HostTensor {
  return { data: x.buffer as TypedArray, shape: x.shape, dtype: x.dtype }
}

let instance: Backend | null = null

/** The CPU backend: typed arrays in host memory. One instance a process. */
export function cpuBackend(): Backend {
  instance ??= {
    name: 'cpu',
    dtypes,
    composites: {},
    supports: () => true,
    upload: (data) => data,
    read: (tensor) => Promise.resolve(tensor.buffer as TypedArray),
    readSync: (tensor) => tensor.buffer as TypedArray,
    free: () => undefined,
    run: (primitive, inputs, params, outputs) => evaluateReference(primitive, inputs.map(host), params, outputs),
  }
  return instance
}
