import { describeLoaded, loadNative } from '#native'
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
