import type { Backend } from './backend.js'
import { checkBackend } from './check-backend.js'
import { NtkError } from './errors.js'

let make: (() => Backend) | null = null
let host: Backend | null = null
let current: Backend | null = null

/**
 * Says how the backend of the host is made, at its first use. The entry of this package does so with the CPU engine, which
 * nothing else here depends on.
 */
export function registerHostBackend(makeHost: () => Backend): void {
  make = makeHost
}

/** The backend whose memory is the host's, where numbers are read at once. */
export function hostBackend(): Backend {
  if (host !== null) return host
  if (make === null) {
    throw new NtkError('backend', {
      what: 'There is no backend yet.',
      fix: "Import '@ntk/tensor', whose entry brings the CPU backend, or call setDefaultBackend.",
    })
  }
  host = make()
  return host
}

/** The backend of tensors that are made from data where none is named: the CPU unless `setDefaultBackend` was called. */
export function defaultBackend(): Backend {
  return current ?? hostBackend()
}

/** Replaces the default backend; null gives the CPU back. Returns the former one. */
export function setDefaultBackend(backend: Backend | null): Backend {
  const former = defaultBackend()
  if (backend !== null) checkBackend('setDefaultBackend', backend)
  current = backend
  return former
}
