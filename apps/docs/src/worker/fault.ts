import { NtkError } from '@ntk/tensor'
import type { Fault } from './messages.js'

/** An error in plain data, which structured cloning keeps whole. */
export function faultOf(error: unknown): Fault {
  if (NtkError.isInstance(error)) {
    return { code: error.code, what: error.what, got: error.got ?? null, fix: error.fix ?? null }
  }
  const what = error instanceof Error ? error.message : String(error)
  return { code: null, what, got: null, fix: null }
}
