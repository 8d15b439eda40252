import type { NativeBlas, NativeDescription } from './types.js'

/** Where there are no foreign functions (browsers, bundles): never a library. */
export function loadNative(): NativeBlas | null {
  return null
}

export function describeLoaded(): NativeDescription {
  return {
    inUse: false,
    family: null,
    library: null,
    lapack: null,
    config: null,
    core: null,
    chosenCore: null,
    integerBits: null,
    threads: null,
    reason: 'This runtime cannot call native libraries.',
    notes: [],
  }
}

export function tuneMemory(): ((array: ArrayBufferView) => void) | null {
  return null
}
