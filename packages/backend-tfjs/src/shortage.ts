import { NtkError } from '@ntk/tensor'
import { showBytes } from '@ntk/tensor/options'
import type { Tf } from './rule.js'

/** Tensors of a backend are counted from 0 as they are made; `stop` is the first that was not made any more. */
interface Range {
  readonly start: number
  readonly stop: number
}

/**
 * The memory of a device: what failed to be allocated, and which tensors hold no numbers for that. A device that says so late has computed with
 * what it did not have: all that was made from the failure until it was told is doubtful, and never read.
 */
export class Shortage {
  /** What does not go into one buffer, in bytes. */
  largestBuffer: number = Number.POSITIVE_INFINITY
  /** Whether so little is left that a kernel that aborts did so for want of memory. */
  isNearlyFull: () => boolean = () => false
  #made = 0
  #needed = 0
  readonly #doubtful: Range[] = []
  #asked = 0
  readonly #pending = new Map<number, Promise<void>>()

  /** The number of a tensor that is made. */
  next(): number {
    return this.#made++
  }

  /** A device will say whether an allocation of so many bytes has failed. */
  expect(needed: number, failed: Promise<boolean>, onFailure: () => void): void {
    const question = this.#asked++
    const hear = async (start: number): Promise<void> => {
      const short = await failed
      this.#pending.delete(question)
      if (!short) return
      this.#needed = needed
      this.#doubtful.push({ start, stop: this.#made })
      onFailure()
    }
    this.#pending.set(question, hear(this.#made))
  }

  /** Waits until the device has told of every allocation so far. */
  async settled(): Promise<void> {
    await Promise.all(this.#pending.values())
  }

  /** Throws NtkError 'memory' for a tensor that holds no numbers. */
  refuse(name: string, about: string, made: number): void {
    if (!this.#doubtful.some(({ start, stop }) => made >= start && made < stop)) return
    throw outOfMemory(name, about, `A buffer of ${showBytes(this.#needed)}`, 'the device had no room for it')
  }

  /** Throws NtkError 'memory' for a tensor that is larger than any buffer. */
  refuseLarge(name: string, about: string, bytes: number): void {
    if (bytes <= this.largestBuffer) return
    const most = `at most ${showBytes(this.largestBuffer)} in one`
    throw outOfMemory(name, about, `A buffer of ${showBytes(bytes)}`, most)
  }
}

const watchedDevices = new WeakMap<object, Shortage>()

/** The memory of the device that tfjs has started: one for all backends on it, watched once. */
export function shortageOf(tf: Tf, watch: (tf: Tf, shortage: Shortage) => void): Shortage {
  const device = tf.backend()
  const known = watchedDevices.get(device) ?? new Shortage()
  if (!watchedDevices.has(device)) watch(tf, known)
  watchedDevices.set(device, known)
  return known
}

/** An allocation that failed, thrown where tfjs allocates. */
export class AllocationFailed extends Error {
  constructor(
    readonly bytes: number,
    readonly reason: string,
  ) {
    super(`no room for ${showBytes(bytes)}: ${reason}`)
  }
}

/** TensorFlow's own words for it. */
const tensorflowShort = /OOM when allocating tensor with shape\s*\[([\d,]*)\] and type (\w+)/

/** NtkError 'memory' of an error that an op or an upload ended in, where that is what it says; else null. */
export function memoryErrorOf(
  { isNearlyFull }: Pick<Shortage, 'isNearlyFull'>,
  name: string,
  about: string,
  cause: unknown,
): NtkError | null {
  if (cause instanceof WebAssembly.RuntimeError && isNearlyFull())
    return outOfMemory(name, about, 'What a kernel needs for itself', 'it was aborted', cause)
  if (cause instanceof AllocationFailed)
    return outOfMemory(name, about, `A buffer of ${showBytes(cause.bytes)}`, cause.reason, cause)
  const text = cause instanceof Error ? cause.message : String(cause)
  const [, shape, type = 'float'] = tensorflowShort.exec(text) ?? []
  if (shape === undefined) return null
  const size = shape.split(',').reduce((product, d) => product * Number(d), type === 'bool' ? 1 : 4)
  return outOfMemory(name, about, `A tensor of ${showBytes(size)}`, 'the device had no room for it', cause)
}

/** The one error of a device without room. */
export function outOfMemory(
  name: string,
  about: string,
  needed: string,
  got: string,
  cause?: unknown,
): NtkError {
  return new NtkError('memory', {
    what: `${needed} does not fit in the memory of the ${name} backend (${about}).`,
    got,
    fix: 'Take smaller batches, or fewer samples at once: kernelFn and empirical kernels compute by tiles, and split those that do not fit. What is not needed any more goes at the end of its scope.',
    cause,
  })
}
