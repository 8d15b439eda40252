import { NtkError, tensorFromData } from '@ntk/tensor'
import { type RulesFor, readOptions, text } from '@ntk/tensor/options'
import type { Dataset } from './dataset.js'
import { imageLimit } from './mnist.js'
import { type PickImages, pickedRows } from './pick.js'
import { statedSize, unpack } from './unpack.js'

export interface Cifar10Options {
  /** Stands in messages and in the record; 'cifar10' unless given. */
  readonly name?: string | undefined
  /** Only the first so many images. */
  readonly limit?: number | undefined
}

const rules = { name: text('cifar10'), limit: imageLimit(Infinity) } satisfies RulesFor<Cifar10Options>

/** In the order of the labels 0 to 9. */
export const cifar10Classes: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
]

const side = 32
const plane = side * side
/** A label, then the red, the green and the blue plane, row by row. */
export const cifar10Record: number = 1 + 3 * plane
/** Images in one file at most: there are no more in all. */
export const mostCifar10Images = 60_000

/**
 * CIFAR-10 (Krizhevsky 2009) from a batch of its binary version, plain or gzipped: images [n, 32, 32, 3] in [0, 1].
 * Throws NtkError 'data' where the file is no whole number of records, is corrupt or holds a label beyond 9.
 */
export function cifar10FromBinary(batch: Uint8Array, options?: Cifar10Options): Dataset {
  const { name, limit } = readOptions('cifar10FromBinary', rules, options)
  return datasetOfRecords([cifar10Records(batch, name)], { name, limit })
}

/** The records of a batch, unpacked and checked. */
export function cifar10Records(batch: Uint8Array, name: string): Uint8Array {
  // The packed file says its size at its end only.
  const bytes = unpack(batch, name, () => checkSize(statedSize(batch), name))
  checkSize(bytes.length, name)
  for (let at = 0; at < bytes.length; at += cifar10Record) {
    const label = bytes[at] as number
    if (label >= cifar10Classes.length) {
      throw new NtkError('data', {
        what: `${name} is no batch of CIFAR-10: its labels must lie in [0, 9].`,
        got: `${label} for image ${at / cifar10Record}`,
        fix: 'Take the "binary version" of CIFAR-10 (not CIFAR-100, nor the Python version).',
      })
    }
  }
  return bytes
}

function checkSize(size: number, name: string): number {
  const images = size / cifar10Record
  if (Number.isInteger(images) && images > 0 && images <= mostCifar10Images) return size
  throw new NtkError('data', {
    what: `${name} is no whole batch of CIFAR-10: it must hold ${cifar10Record} bytes an image, 1 to ${mostCifar10Images} images.`,
    got: `${size} bytes`,
    fix: 'Copy or download it again; it must be the "binary version" of CIFAR-10.',
  })
}

/** One dataset of the records of several batches, or of some of them: no others become numbers. */
export function datasetOfRecords(
  batches: readonly Uint8Array[],
  {
    name,
    limit,
    pick,
  }: { readonly name: string; readonly limit: number; readonly pick?: PickImages | undefined },
): Dataset {
  const total = batches.reduce((sum, bytes) => sum + bytes.length / cifar10Record, 0)
  const records: Uint8Array[] = []
  for (const bytes of batches) {
    for (let at = 0; at < bytes.length && records.length < Math.min(total, limit); at += cifar10Record) {
      records.push(bytes.subarray(at, at + cifar10Record))
    }
  }
  const all = Int32Array.from(records, (record) => record[0] as number)
  const rows = pickedRows(all, { name, classes: cifar10Classes, pick })
  const n = rows.length
  const pixels = new Float64Array(n * 3 * plane)
  const labels = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const record = records[rows[i] as number] as Uint8Array
    labels[i] = record[0] as number
    const out = i * 3 * plane
    // Channels come last here, first there.
    for (let p = 0; p < plane; p++)
      for (let c = 0; c < 3; c++) pixels[out + 3 * p + c] = (record[1 + c * plane + p] as number) / 255
  }
  return {
    name,
    images: tensorFromData(pixels, [n, side, side, 3]),
    labels: tensorFromData(labels, [n]),
    classes: cifar10Classes,
  }
}

/** Whether a file of a folder or an archive is a batch, and which: its number, 'test', or null. */
export function batchOf(fileName: string): number | 'test' | null {
  const found = /(?:^|\/)(?:data_batch_([1-9]\d?)|(test)_batch)\.bin(?:\.gz)?$/.exec(fileName)
  if (found === null) return null
  return found[2] === 'test' ? 'test' : Number(found[1])
}

/** The order of batches: by number, the one to test on last. */
export const rankOfBatch = (batch: number | 'test'): number => (batch === 'test' ? Infinity : batch)
