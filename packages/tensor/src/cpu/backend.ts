import { mapInputs } from '../arity.js'
import type { Backend, BackendTensor } from '../backend.js'
import { markCopy } from '../copies.js'
import { dtypes, onLargeArray, type TypedArray } from '../dtype.js'
import { oneOf } from '../options/kinds.js'
import { readOptions } from '../options/read.js'
import type { RulesFor } from '../options/rule.js'
import type { HostTensor } from '../reference/host.js'
import { cpuComposites } from './composites.js'
import { native, prepareLarge } from './native/index.js'
import { ownedMemory } from './owned.js'
import type { CpuContext } from './rule.js'
import { cpuRules } from './table.js'

function host(x: BackendTensor): HostTensor {
  return { data: x.buffer as TypedArray, shape: x.shape, dtype: x.dtype }
}

export interface CpuOptions {
  /** 'auto': the machine's BLAS and LAPACK where found (see NTK_BLAS); 'off': WebAssembly alone. */
  readonly blas?: 'auto' | 'off' | undefined
  /**
   * 'collected': buffers go to the garbage collector when nobody holds them. 'owned': they are counted and freed by `scope` and
   * `dispose`, as on a device, and one that was freed is an error: for finding on the CPU what would fail on a device.
   */
  readonly memory?: 'collected' | 'owned' | undefined
}

const rules = {
  blas: oneOf(['auto', 'off'], 'auto'),
  memory: oneOf(['collected', 'owned'], 'collected'),
} satisfies RulesFor<CpuOptions>

/** A CPU backend of its own: typed arrays in host memory. Ordinary code uses `cpuBackend`. */
export function createCpuBackend(options?: CpuOptions): Backend {
  const { blas, memory } = readOptions('createCpuBackend', rules, options)
  onLargeArray(prepareLarge)
  const context: CpuContext = { blas: blas === 'off' ? () => null : native }
  const backend: Backend = {
    name: 'cpu',
    dtypes,
    composites: cpuComposites(context),
    collected: true,
    supports: () => true,
    upload: (data) => data,
    read: (tensor) => Promise.resolve(tensor.buffer as TypedArray),
    readSync: (tensor) => tensor.buffer as TypedArray,
    free: () => undefined,
    memory: () => null,
    run: (primitive, inputs, params, outputs, donation) =>
      cpuRules[primitive](mapInputs(inputs, host), params, outputs, context, donation ?? null),
  }
  return markCopy(memory === 'owned' ? ownedMemory(backend) : backend)
}

let instance: Backend | null = null

/** The CPU backend. One instance a process. */
export function cpuBackend(): Backend {
  instance ??= createCpuBackend()
  return instance
}
