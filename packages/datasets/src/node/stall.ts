/** A server that was silent for too long. */
export class Stalled extends Error {
  constructor(milliseconds: number) {
    super(`the server was silent for ${milliseconds / 1000} s`)
  }
}

/**
 * What `wait` gives, unless it takes longer than `limit` milliseconds (Stalled) or `signal` fires (its reason): a fetch can wait for
 * ever, also for the end of its own abort.
 */
export async function within<T>(
  wait: Promise<T>,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  let stop = (): void => undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const end = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Stalled(limit)), limit)
    stop = () => reject(signal?.reason)
    if (signal?.aborted === true) stop()
    signal?.addEventListener('abort', stop)
  })
  try {
    return await Promise.race([wait, end])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}
