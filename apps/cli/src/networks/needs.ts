import type { Spec } from '@ntk/stax'
import type { ImagesConfig } from '../config/data.js'
import type { MemoryNeed } from '../measures/memory.js'
import { shapeOfImages } from './samples.js'
import { leastParameters } from './size.js'

/** Bytes of a float64. */
const wide = 8

/** The images of a data set, and their scaled copy. */
export function imageNeeds(
  data: Pick<ImagesConfig, 'name' | 'train' | 'test' | 'resize' | 'crop'>,
): MemoryNeed[] {
  const each = 2 * wide * shapeOfImages(data).reduce((product, size) => product * size, 1)
  return [
    { setting: 'data.train (--train)', value: String(data.train), what: 'images', bytes: data.train * each },
    { setting: 'data.test (--test)', value: String(data.test), what: 'images', bytes: data.test * each },
  ]
}

/** Square matrices of so many rows. */
export function matrixNeed(
  setting: string,
  rows: number,
  matrices: number,
  what: string = 'kernels',
): MemoryNeed {
  return { setting, value: String(rows), what, bytes: matrices * wide * rows ** 2 }
}

/**
 * Parameters of a network, with the copies that are held at once.
 *
 * @param network the spec, what to blame for it, and in how many copies its parameters are held
 */
export function parameterNeed(
  network: { readonly spec: Spec; readonly setting: string; readonly value: string; readonly copies: number },
  dtype: 'float64' | 'float32',
  inputShape: readonly number[],
): MemoryNeed {
  const { spec, setting, value, copies } = network
  const bytes = copies * (dtype === 'float32' ? wide / 2 : wide) * leastParameters(spec, inputShape)
  return { setting, value, what: 'parameters', bytes }
}
