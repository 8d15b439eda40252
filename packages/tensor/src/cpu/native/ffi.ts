import { createRequire } from 'node:module'

/** A bound foreign function. Typed arrays are passed as pointers to their first element, without a copy. */
export type ForeignFunction = (...args: unknown[]) => unknown

/** What is used of koffi. The package is optional, so its own types stay out of ours. */
export interface ForeignLibrary {
  func(name: string, result: string, parameters: readonly string[]): ForeignFunction
}

export interface Ffi {
  load(path: string | null, options?: { readonly global?: boolean }): ForeignLibrary
  config?(settings: { readonly sync_stack_size: number }): unknown
  /** Where the first element of a typed array lies. */
  address?(array: ArrayBufferView): bigint
}

/** koffi, or why it cannot be had. */
export function loadFfi(): Ffi | { readonly reason: string } {
  try {
    const ffi = createRequire(import.meta.url)('koffi') as Ffi
    enlargeStack(ffi)
    return ffi
  } catch (error) {
    const missing = (error as { code?: string }).code === 'MODULE_NOT_FOUND'
    return {
      reason: missing
        ? 'The optional package koffi, which calls native libraries, is not installed'
        : `The optional package koffi cannot be loaded: ${firstLine(error)}`,
    }
  }
}

/**
 * Foreign calls run on a stack of koffi's own, of 2 MB. OpenBLAS' parallel LU factorization recurses with half a megabyte
 * a level, and from n = 500 or so the process would die of it. The size can be set before the first call only.
 */
function enlargeStack(ffi: Ffi): void {
  try {
    ffi.config?.({ sync_stack_size: 16 << 20 })
  } catch {
    // Somebody has made calls through koffi already; its stack stays as it is.
  }
}

/** The function, or null where the library has no such symbol. */
export function symbol(
  library: ForeignLibrary,
  name: string,
  result: string,
  parameters: readonly string[],
): ForeignFunction | null {
  try {
    return library.func(name, result, parameters)
  } catch {
    return null
  }
}

/**
 * Runs `load` with a variable in the environment that libraries read, and takes it out again, so that child
 * processes do not inherit it. In worker threads `process.env` is a copy, so the C library is asked.
 */
export function withEnvironment<T>(ffi: Ffi, name: string, value: string | null, load: () => T): T {
  if (value === null) return load()
  const c = cEnvironment(ffi)
  const set = (to: string): void => {
    if (c === null) process.env[name] = to
    else c.set(name, to, 1)
  }
  const before = process.env[name]
  set(value)
  try {
    return load()
  } finally {
    if (before !== undefined) set(before)
    else if (c === null) delete process.env[name]
    else c.unset(name)
  }
}

function cEnvironment(ffi: Ffi): { readonly set: ForeignFunction; readonly unset: ForeignFunction } | null {
  try {
    const self = ffi.load(null)
    return {
      set: self.func('setenv', 'int', ['str', 'str', 'int']),
      unset: self.func('unsetenv', 'int', ['str']),
    }
  } catch {
    return null
  }
}

export function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return (message.split('\n')[0] as string).replace(/\.$/, '')
}
