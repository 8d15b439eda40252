import { mapInputs } from '../arity.js'
import type { Backend, BackendTensor } from '../backend.js'
import { markCopy } from '../copies.js'
import { dtypes, onLargeArray, type TypedArray } from '../dtype.js'
import type { HostTensor } from '../reference/host.js'
import { cpuComposites } from './composites.js'
import { native, prepareLarge } from './native/index.js'
import type { CpuContext } from './rule.js'
import { cpuRules } from './table.js'

function host(x: BackendTensor): HostTensor {
  return { data: x.buffer as TypedArray, shape: x.shape, dtype: x.dtype }
}

export interface CpuOptions {
  /** 'auto': the machine's BLAS and LAPACK where found (see NTK_BLAS); 'off': WebAssembly alone. */
  readonly blas?: 'auto' | 'off'
}

/** A CPU backend of its own: typed arrays in host memory. Ordinary code uses `cpuBackend`. */
export function createCpuBackend({ blas = 'auto' }: CpuOptions = {}): Backend {
  onLargeArray(prepareLarge)
  const context: CpuContext = { blas: blas === 'off' ? () => null : native }
  return markCopy<Backend>({
    name: 'cpu',
    dtypes,
    composites: cpuComposites,
    supports: () => true,
    upload: (data) => data,
    read: (tensor) => Promise.resolve(tensor.buffer as TypedArray),
    readSync: (tensor) => tensor.buffer as TypedArray,
    free: () => undefined,
    run: (primitive, inputs, params, outputs) =>
      cpuRules[primitive](mapInputs(inputs, host), params, outputs, context),
  })
}

let instance: Backend | null = null

/** The CPU backend. One instance a process. */
export function cpuBackend(): Backend {
  instance ??= createCpuBackend()
  return instance
}
