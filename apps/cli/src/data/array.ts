import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeNpy, NtkError, type Tensor } from '@ntk/tensor'
import { errorName } from '../runs/atomic.js'

/** Systems read less than 2 GiB in one go, and `readFileSync` takes no larger file. */
const mostAtOnce = 2 ** 30

/** The bytes of a file of any size. `atOnce` is smaller in tests. */
export function readWhole(path: string, atOnce: number = mostAtOnce): Uint8Array {
  const file = openSync(path, 'r')
  try {
    const stats = fstatSync(file)
    // The size of a pipe is known at its end only.
    if (!stats.isFile()) return new Uint8Array(readFileSync(file))
    const bytes = new Uint8Array(stats.size)
    let filled = 0
    while (filled < bytes.length) {
      const read = readSync(file, bytes, filled, Math.min(atOnce, bytes.length - filled), null)
      // Somebody cut it off meanwhile.
      if (read === 0) break
      filled += read
    }
    return bytes.subarray(0, filled)
  } finally {
    closeSync(file)
  }
}

/**
 * Samples from an npy file, [n, ...] with at least one axis more.
 *
 * @throws NtkError `file` where it cannot be read, `data` where it is no npy, `shape` where it has fewer axes
 */
export function readSamples(cwd: string, path: string): Tensor {
  let bytes: Uint8Array
  try {
    bytes = readWhole(resolve(cwd, path))
  } catch (error) {
    throw new NtkError('file', {
      what: `${path} cannot be read.`,
      got: errorName(error),
      fix: 'Check the path.',
      cause: error,
    })
  }
  const array = decodeNpy(bytes)
  if (array.rank >= 2) return array
  throw new NtkError('shape', {
    what: `${path} must hold one row or image a sample.`,
    got: `an array with ${array.rank} axes`,
    fix: 'Reshape it to [samples, features] or [samples, height, width, channels].',
  })
}
