import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeNpy, NtkError, type Tensor } from '@ntk/tensor'
import { errorName } from '../runs/atomic.js'

/**
 * Samples from an npy file, [n, ...] with at least one axis more.
 *
 * @throws NtkError `file` where it cannot be read, `data` where it is no npy, `shape` where it has fewer axes
 */
export function readSamples(cwd: string, path: string): Tensor {
  let bytes: Uint8Array
  try {
    bytes = new Uint8Array(readFileSync(resolve(cwd, path)))
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
