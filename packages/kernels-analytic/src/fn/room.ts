import { NtkError } from '@ntk/tensor'
import type { KernelMemory } from './memory.js'

/** A size as a person reads it. */
export function showBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']
  const step = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10)))
  const size = bytes / 2 ** (10 * step)
  return size >= 1e4
    ? `more than 1000 ${units[step]}`
    : `${step === 0 ? size : size.toFixed(1)} ${units[step]}`
}

/** Bytes that this process can still have; undefined where nobody says, as in a browser. */
export function availableMemory(): number | undefined {
  const { process } = globalThis as { process?: { availableMemory?: () => number } }
  const bytes = process?.availableMemory?.()
  return bytes === undefined || !(bytes > 0) ? undefined : bytes
}

/** A job by its number of samples, with or without its results in memory. */
export type MemoryBySamples = (samples: number, inMemory: boolean) => KernelMemory

/** What would fit where a job does not, in sentences. */
export function whatFits(samples: number, memory: MemoryBySamples, available: number): string {
  const fits = (n: number, inMemory: boolean): boolean => memory(n, inMemory).total <= available
  const ways: string[] = []
  if (memory(samples, true).result > 0 && fits(samples, false)) {
    ways.push('a sink on disk (directory or npyFiles of @ntk/tiles/node)')
  }
  const most = largest(samples, (n) => fits(n, true))
  if (most > 0) ways.push(`at most ${most} samples`)
  if (ways.length > 0) return `Take ${ways.join(', or ')}.`
  return 'Not even one pair of samples fits: take smaller inputs, or a network that ends in Flatten, which needs equal positions only.'
}

/** The largest n below `samples` of which `fits` holds; 0 where it holds of none. */
function largest(samples: number, fits: (n: number) => boolean): number {
  let [low, high] = [0, samples]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (fits(middle)) low = middle
    else high = middle
  }
  return low
}

/**
 * Refuses what is sure not to fit, before anything is made: the results and half of what tiles are reckoned to take.
 *
 * Throws NtkError 'value' that says what it would take, what there is, and what would fit.
 */
export function requireRoom(samples: number, inMemory: boolean, memory: MemoryBySamples): void {
  const available = availableMemory()
  const need = memory(samples, inMemory)
  if (available === undefined || need.result + need.inputs + need.working / 2 <= available) return
  throw new NtkError('value', {
    what: 'This kernel does not fit in memory.',
    got: `${showBytes(need.result)} of results and ${showBytes(need.inputs + need.working)} for tiles, where ${showBytes(available)} are free`,
    fix: whatFits(samples, memory, available),
  })
}
