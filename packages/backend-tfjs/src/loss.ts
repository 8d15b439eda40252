import { NtkError } from '@ntk/tensor'

/** How long a device whose work fails has to say that it is gone, in milliseconds. */
const toSaySo = 200

/** Whether a device is gone: a driver that was reset, a GPU that was taken away. What it held is gone with it. */
export class Loss {
  #reason: string | null = null
  readonly #waiting = new Set<() => void>()

  /** The device is gone for good. */
  say(reason: string): void {
    this.#reason ??= reason === '' ? 'no reason given' : reason
    for (const hear of this.#waiting) hear()
  }

  /** Throws NtkError 'backend' once the device is gone. */
  refuse(name: string, about: string): void {
    if (this.#reason === null) return
    throw failed(`The ${name} backend has lost its device (${about}), and all that was on it.`, this.#reason)
  }

  /**
   * What `read` finds on the device. Of a device that goes meanwhile some reads fail and others never end: either is NtkError
   * 'backend' that says so, as is a read that fails for another reason.
   */
  async during<T>(name: string, about: string, read: () => Promise<T>): Promise<T> {
    this.refuse(name, about)
    let hear = (): void => {}
    const gone = new Promise<void>((resolve) => {
      hear = resolve
    })
    this.#waiting.add(hear)
    const found = read()
    try {
      // a device that is gone already may have handed out zeros
      await Promise.race([found, gone])
      this.refuse(name, about)
      return await found
    } catch (cause) {
      if (NtkError.isInstance(cause)) throw cause
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, toSaySo))])
      this.refuse(name, about)
      throw unreadable(name, about, cause)
    } finally {
      this.#waiting.delete(hear)
    }
  }
}

function failed(what: string, got: string, cause?: unknown): NtkError {
  return new NtkError('backend', {
    what,
    got,
    fix: 'Go on in a new process from what was saved: a run of `ntk` with --resume, `train` from its last checkpoint. Where memory was short, smaller tiles or batches help.',
    cause,
  })
}

/** Of numbers that were computed and cannot be had. */
export function unreadable(name: string, about: string, cause: unknown): NtkError {
  const text = cause instanceof Error ? cause.message : String(cause)
  return failed(
    `The ${name} backend cannot read what was computed on its device (${about}).`,
    text.split('\n')[0] ?? text,
    cause,
  )
}
