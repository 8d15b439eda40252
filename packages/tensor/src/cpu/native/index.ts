import { describeLoaded, loadNative, tuneMemory } from '#native'
import type { NativeBlas, NativeDescription } from './types.js'

/**
 * The machine's BLAS, found and loaded at the first call; null where there is none or `NTK_BLAS=off`.
 * Throws NtkError 'config' when `NTK_BLAS` names a library that cannot be used.
 */
export function native(): NativeBlas | null {
  return loadNative()
}

/** What `native()` found, or why nothing is in use. Never throws. */
export function describeNative(): NativeDescription {
  return describeLoaded()
}

let prepare: ((array: ArrayBufferView) => void) | null | undefined

/** To be called with a large new array before it is written: makes its first use cheaper where the system can. Never throws. */
export function prepareLarge(array: ArrayBufferView): void {
  if (prepare === undefined) prepare = tuneMemory()
  prepare?.(array)
}
