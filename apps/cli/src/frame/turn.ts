import { nextTurn, throwIfAborted } from '@ntk/tensor'

/**
 * Gives signals, timers and the terminal a turn of the event loop.
 *
 * @throws NtkError `aborted` where the signal is aborted by then
 */
export async function turn(signal: AbortSignal): Promise<void> {
  await nextTurn()
  throwIfAborted(signal, 'The work')
}
