import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { resolve } from 'node:path'
import { decodeNpyHeader, type Shape } from '@ntk/tensor'
import { type DataConfig, type DataName, type ImagesConfig, isDataName } from '../config/data.js'

/** Shape of an image of a set that configs name. */
export const imageShapeOf = (name: DataName): Shape => (name === 'cifar10' ? [32, 32, 3] : [28, 28, 1])

/** Shape of an image of a config; of a folder whose images keep their sizes, what is known: that they have three channels. */
export function shapeOfImages({ name, resize, crop }: Pick<ImagesConfig, 'name' | 'resize' | 'crop'>): Shape {
  const [height = 1, width = 1, channels = 3] = isDataName(name) ? imageShapeOf(name) : []
  const side = crop ?? resize
  return side === undefined ? [height, width, channels] : [side, side, channels]
}

/** How many samples stand on each side of a kernel, and the shape of one. */
export interface Samples {
  readonly n1: number
  /** Null: the first with themselves. */
  readonly n2: number | null
  readonly shape: Shape
}

/** Where samples come from. */
export interface SamplesConfig {
  readonly data: Pick<DataConfig, 'name' | 'train'>
  readonly inputs?: string | undefined
  readonly inputs2?: string | undefined
}

/** More than the header of any npy file in use. */
const headBytes = 4096

/**
 * The samples of a config, by the headers of its files: nothing else is read. Null where headers do not tell: of pipes, and of arrays
 * that lie in another order.
 */
export function samplesOf({ data, inputs, inputs2 }: SamplesConfig, cwd: string): Samples | null {
  if (inputs === undefined) return { n1: data.train, n2: null, shape: imageShapeOf(data.name) }
  const first = headOf(resolve(cwd, inputs))
  const second = inputs2 === undefined ? null : headOf(resolve(cwd, inputs2))
  if (first === undefined || second === undefined || first.length < 2) return null
  return { n1: first[0] ?? 0, n2: second === null ? null : (second[0] ?? 0), shape: first.slice(1) }
}

/** The shape of an npy file; undefined where its header does not tell, or there is none: whoever reads it says why. */
function headOf(path: string): Shape | undefined {
  let file: number | undefined
  try {
    file = openSync(path, 'r')
    if (!fstatSync(file).isFile()) return undefined
    const head = new Uint8Array(headBytes)
    return decodeNpyHeader(head.subarray(0, readSync(file, head, 0, headBytes, 0)), path).shape
  } catch {
    return undefined
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
