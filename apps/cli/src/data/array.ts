import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeNpy, NtkError, type Tensor } from '@ntk/tensor'
import { readNpy } from '@ntk/tensor/node'
import { errorName } from '../runs/atomic.js'

/**
 * Samples from an npy file, [n, ...] with at least one axis more.
 *
 * @throws NtkError `file` where it cannot be read, `data` where it is no npy, `shape` where it has fewer axes
 */
export async function readSamples(cwd: string, path: string): Promise<Tensor> {
  const array = await readArray(resolve(cwd, path), path)
  if (array.rank >= 2) return array
  throw new NtkError('shape', {
    what: `${path} must hold one row or image a sample.`,
    got: `an array with ${array.rank} axes`,
    fix: 'Reshape it to [samples, features] or [samples, height, width, channels].',
  })
}

/** An npy file of any size; the size of a pipe is known at its end only. `name` is what the user calls it. */
export async function readArray(path: string, name: string): Promise<Tensor> {
  try {
    return statSync(path).isFile()
      ? await readNpy(path)
      : decodeNpy(new Uint8Array(readFileSync(path)), { name })
  } catch (error) {
    if (NtkError.isInstance(error)) throw error
    throw new NtkError('file', {
      what: `${name} cannot be read.`,
      got: errorName(error),
      fix: 'Check the path.',
      cause: error,
    })
  }
}
