/**
 * Who holds a buffer, and until when. A buffer is freed when the last tensor that holds it lets go; a buffer that was given
 * away is nobody's from then on. The garbage collector is a safety net below this: what nobody holds any more it takes.
 */
import type { BackendBuffer } from './backend.js'
import { NtkError } from './errors.js'

/** What a tensor holds in place of its buffer once it has let go. */
export const noBuffer: BackendBuffer = Object.freeze({})

export function freedError(name: string, tensor: { toString(): string }): NtkError {
  return new NtkError('freed', {
    what: `${name} needs a tensor whose memory was not freed.`,
    got: `${tensor.toString()}, which was freed at the end of its scope, or by dispose`,
    fix: 'Return what must outlive a scope from its function, or make it in `unscoped`.',
  })
}

export function donatedError(name: string, tensor: { toString(): string }): NtkError {
  return new NtkError('donated', {
    what: `${name} needs a tensor whose memory was not given away.`,
    got: `${tensor.toString()}, which was given away with a call, or shares the memory of one that was`,
    fix: 'Use what that call returned, or do not give the tensor away.',
  })
}
