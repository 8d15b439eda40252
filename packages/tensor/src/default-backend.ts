import type { Backend } from './backend.js'
import { cpuBackend } from './cpu/backend.js'

let current: Backend | null = null

/** The backend of tensors that are made from data where none is named: the CPU unless `setDefaultBackend` was called. */
export function defaultBackend(): Backend {
  current ??= cpuBackend()
  return current
}

/** Replaces the default backend; null gives the CPU back. Returns the former one. */
export function setDefaultBackend(backend: Backend | null): Backend {
  const former = defaultBackend()
  current = backend
  return former
}
