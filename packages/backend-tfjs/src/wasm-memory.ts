import type { Tf } from './rule.js'
import { AllocationFailed, type Shortage } from './shortage.js'

/** What Emscripten calls its allocator. */
const names = { malloc: '_malloc', free: '_free' } as const

interface WasmBackend {
  readonly wasm: Record<typeof names.malloc, (bytes: number) => number> &
    Readonly<Record<typeof names.free, (at: number) => void>> & { readonly HEAPU8: Uint8Array }
}

/** Bytes of a heap from which on there may be too little left: 3 of the 4 GiB that 32 bits reach. */
const nearlyFull = 3 * 2 ** 30

/** What kernels are left beside twice what they are given, in bytes, at least: they pack and copy, and abort or fail without a word where they cannot. */
const leftToKernels = 2 ** 26

/** tfjs writes to address 0 where its heap is full, over what stands there: from here on that is an error. */
export function watchWasm(tf: Tf, shortage: Shortage): void {
  const { wasm } = tf.backend() as unknown as WasmBackend
  const free = (at: number): void => wasm[names.free](at)
  // their first calls put other functions in their place
  free(wasm[names.malloc](1))
  const allocate = wasm[names.malloc]
  const failed = (bytes: number): AllocationFailed =>
    new AllocationFailed(bytes, 'WebAssembly has 4 GiB, and the rest is in use')
  shortage.largestBuffer = 2 ** 31
  shortage.isNearlyFull = () => wasm.HEAPU8.length > nearlyFull
  wasm[names.malloc] = (bytes) => {
    const at = allocate(bytes)
    if (at === 0 && bytes > 0) throw failed(bytes)
    if (shortage.isNearlyFull() && bytes > 0) {
      const spare = allocate(Math.max(2 * bytes, leftToKernels))
      if (spare === 0) {
        free(at)
        throw failed(bytes)
      }
      free(spare)
    }
    return at
  }
}
