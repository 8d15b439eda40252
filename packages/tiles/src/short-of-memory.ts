import { NtkError } from '@ntk/tensor'
import type { Tile } from './plan.js'

/** Whether the memory of a device was too small for what was computed. */
export function isShortOfMemory(error: unknown): error is NtkError {
  return NtkError.isInstance(error) && error.code === 'memory'
}

/**
 * The NtkError 'memory' of a tile no part of which fits, or, where it does not split into parts, which does not fit itself. `what` is computed.
 * Throws 'value' of what is no tile or no such error.
 */
export async function doesNotFit(
  what: string,
  tile: Tile,
  error: NtkError,
  splits: boolean,
): Promise<NtkError> {
  // few need it: pages that load the engine go without
  const { notFitting } = await import('./split.js')
  return notFitting(what, tile, error, splits)
}
