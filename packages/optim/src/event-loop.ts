/**
 * A function to await now and then in long work: once `interval` ms passed since it last did so, it gives the event
 * loop a turn, so that signals, timers and progress bars get theirs.
 */
export function breather(interval = 20): () => Promise<void> {
  let last = performance.now()
  return async () => {
    if (performance.now() - last < interval) return
    await new Promise<void>((resolve) => setTimeout(resolve, 0))
    last = performance.now()
  }
}
