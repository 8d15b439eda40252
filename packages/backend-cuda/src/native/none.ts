import type { Loaded } from './types.js'

/** Where there are no foreign functions (browsers, bundles). */
export function loadCuda(): Loaded {
  return { reason: 'This runtime cannot call native libraries.', fix: "Use 'webgpu' of @ntk/backend-tfjs." }
}
