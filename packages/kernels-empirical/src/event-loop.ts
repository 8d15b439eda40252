import { NtkError } from '@ntk/tensor'

/** Throws NtkError 'aborted' if the signal has fired. */
export function checkAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted !== true) return
  throw new NtkError('aborted', { what: `${what} was stopped.`, cause: signal.reason })
}

/** Gives the event loop a turn, so that signals, timers and progress bars get theirs. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
