import { NtkError } from './errors.js'
import { show } from './options/show.js'

/** Gives the event loop a turn, so that signals, timers, input and progress bars get theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else setTimeout(resolve, 0)
  })
}

/**
 * A function to await again and again in long work: it gives the event loop a turn where more than `milliseconds` passed since
 * the last one (30 unless given), and costs next to nothing else.
 */
export function turnEvery(milliseconds = 30): () => Promise<void> {
  if (typeof milliseconds !== 'number') {
    throw new NtkError('value', {
      what: 'turnEvery needs a number of milliseconds.',
      got: show(milliseconds),
    })
  }
  let last = performance.now()
  return async () => {
    if (performance.now() - last <= milliseconds) return
    await nextTurn()
    last = performance.now()
  }
}

/** Throws NtkError 'aborted' where the signal has fired; `what` was stopped, with `got` of it finished. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string, got?: string): void {
  if (signal?.aborted !== true) return
  throw new NtkError('aborted', { what: `${what} was stopped.`, got, cause: signal.reason })
}
