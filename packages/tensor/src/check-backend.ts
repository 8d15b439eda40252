import type { Backend } from './backend.js'
import { NtkError } from './errors.js'
import { show } from './options/show.js'

/** Whether a value is a backend, by the parts that every one has. */
export function isBackend(value: unknown): value is Backend {
  return (
    typeof value === 'object' && value !== null && 'run' in value && 'readSync' in value && 'dtypes' in value
  )
}

/** Throws NtkError 'backend' unless an argument is a backend. */
export function checkBackend(op: string, value: unknown): void {
  if (isBackend(value)) return
  throw new NtkError('backend', {
    what: `${op} needs a backend.`,
    got: show(value),
    fix: typeof value === 'function' ? 'Call it: cpuBackend().' : 'cpuBackend() gives that of the host.',
  })
}
