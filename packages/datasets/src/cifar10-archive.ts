import { NtkError } from '@ntk/tensor'
import { type RulesFor, readOptions, requireBytes, text } from '@ntk/tensor/options'
import {
  batchOf,
  cifar10Record,
  cifar10Records,
  datasetOfRecords,
  mostCifar10Images,
  rankOfBatch,
} from './cifar10.js'
import type { Dataset } from './dataset.js'
import { imageLimit } from './mnist.js'
import type { PickOfParts } from './pick.js'
import { type TarReader, tarReader, tooLarge } from './tar.js'
import { statedSize, unpack } from './unpack.js'

export interface Cifar10ArchiveOptions {
  /** Stands in messages; 'cifar-10-binary.tar.gz' unless given. */
  readonly name?: string | undefined
  /** Only the first so many images of each part. */
  readonly limit?: number | undefined
}

const rules = {
  name: text('cifar-10-binary.tar.gz'),
  limit: imageLimit(Infinity),
} satisfies RulesFor<Cifar10ArchiveOptions>

/** Batches by number, and the one to test on, as bytes; plain or gzipped. */
export type Cifar10Batches = ReadonlyMap<
  number | 'test',
  { readonly name: string; readonly bytes: Uint8Array }
>

/**
 * Both parts of CIFAR-10 from the bytes of `cifar-10-binary.tar.gz` (or `.tar`), whose checksum is compared: batches that it lacks are left out.
 * Throws NtkError 'data' where the archive is corrupt, cut off, larger than CIFAR-10 or without any batch.
 */
export function cifar10FromArchive(
  archive: Uint8Array,
  options?: Cifar10ArchiveOptions,
): { train: Dataset; test: Dataset } {
  const { name, limit } = readOptions('cifar10FromArchive', rules, options)
  requireBytes(archive, name)
  const bytes = unpack(archive, name, () => {
    const size = statedSize(archive)
    if (size > mostInArchive) throw tooLarge(name, size)
    return size
  })
  const reader = cifar10Tar(name)
  reader.push(bytes)
  return splitOfBatches(batchesOfTar(reader, name), { train: limit, test: limit })
}

/** Six batches of 10,000 images and little beside them. */
const mostInArchive = mostCifar10Images * cifar10Record + 2 ** 24

/** A reader of the archive. */
export function cifar10Tar(name: string): TarReader {
  return tarReader({ name, wanted: (path) => batchOf(path) !== null, most: mostInArchive })
}

/** The batches of an archive that was read to its end. */
export function batchesOfTar(reader: TarReader, name: string): Cifar10Batches {
  const batches = new Map<number | 'test', { name: string; bytes: Uint8Array }>()
  for (const [path, bytes] of reader.end()) {
    const batch = batchOf(path)
    if (batch !== null) batches.set(batch, { name: `${path} in ${name}`, bytes })
  }
  if (batches.size > 0) return batches
  throw new NtkError('data', {
    what: `${name} holds no batch of CIFAR-10.`,
    fix: 'It should hold data_batch_1.bin to data_batch_5.bin and test_batch.bin.',
  })
}

/** Both parts, or what is picked of them; one without a batch has no images. Numbered batches come in their order. */
export function splitOfBatches(
  batches: Cifar10Batches,
  limit: { readonly train: number; readonly test: number },
  pick?: PickOfParts,
): { train: Dataset; test: Dataset } {
  const part = (name: 'train' | 'test', wanted: (batch: number | 'test') => boolean): Dataset => {
    const most = limit[name]
    const records: Uint8Array[] = []
    let images = 0
    const names = [...batches.keys()].filter(wanted).sort((a, b) => rankOfBatch(a) - rankOfBatch(b))
    for (const batch of names) {
      const found = batches.get(batch)
      if (found === undefined || images >= most) break
      const bytes = cifar10Records(found.bytes, found.name)
      records.push(bytes)
      images += bytes.length / cifar10Record
    }
    return datasetOfRecords(records, {
      name: `cifar10 ${name}`,
      limit: most,
      pick: pick && ((all) => pick({ ...all, part: name })),
    })
  }
  return {
    train: part('train', (batch) => batch !== 'test'),
    test: part('test', (batch) => batch === 'test'),
  }
}
