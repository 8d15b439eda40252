import { createReadStream } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { NtkError } from '@ntk/tensor'
import { fileError, isFileError } from '@ntk/tensor/node'
import { listOf, optional, type RulesFor, readOptions, text } from '@ntk/tensor/options'
import { batchOf, cifar10Record, rankOfBatch } from '../cifar10.js'
import { batchesOfTar, type Cifar10Batches, cifar10Tar, splitOfBatches } from '../cifar10-archive.js'
import type { PickOfParts } from '../pick.js'
import { isGzip, statedSize } from '../unpack.js'
import { type DownloadProgress, download } from './download.js'
import { readBytes, writeTogether } from './files.js'
import { limitsOf, loadRules, progressRules } from './load-options.js'
import type { Imported, Split } from './mnist.js'
import { dataDir } from './paths.js'

const archiveName = 'cifar-10-binary.tar.gz'
const archives: readonly string[] = [archiveName, 'cifar-10-binary.tar']
const digest = 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd'
const mirrors: readonly string[] = ['https://www.cs.toronto.edu/~kriz/']
/** Where the archive has its batches. */
const inner = 'cifar-10-batches-bin'

export interface LoadCifar10Options {
  /** A folder with batches or with the archive; `cifar-10` in the data folder unless given. */
  readonly dir?: string | undefined
  /** Only the first so many images of each part. */
  readonly limit?:
    | number
    | { readonly train?: number | undefined; readonly test?: number | undefined }
    | undefined
  /**
   * Which images of each part (of those within `limit`), in which order: their positions. No others become numbers, which take eight times the
   * memory of bytes.
   */
  readonly pick?: PickOfParts | undefined
  /** Whether the archive may be downloaded (162 MB) where the data folder has none, true unless given. */
  readonly download?: boolean | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * CIFAR-10 (Krizhevsky 2009), images [n, 32, 32, 3] in [0, 1]: of a folder, whichever of `data_batch_1.bin` and so on and `test_batch.bin`
 * it has, plain or gzipped, in it or in `cifar-10-batches-bin`, or else of its `cifar-10-binary.tar.gz`. A part without a batch has no images.
 * Without `dir`, from the data folder (`NTK_DATA_DIR` or the user's cache), the archive downloaded there first where nothing is there.
 * Throws NtkError 'file' where there is no batch, 'data' where a file is corrupt, cut off or too long, 'network'.
 */
export async function loadCifar10(options?: LoadCifar10Options): Promise<Split> {
  const o = readOptions('loadCifar10', loadRules, options)
  const { limit, pick, onProgress, signal } = o
  const dir = o.dir ?? join(dataDir(), 'cifar-10')
  if (o.dir === undefined && o.download) await downloadCifar10({ dir, onProgress, signal })
  const { train = Infinity, test = Infinity } = limitsOf(limit)
  const most = { train, test }
  const { files, archive } = await whatIsThere(dir)
  if (files.size > 0) return splitOfBatches(await readFew(files, most.train), most, pick)
  if (archive !== null) return splitOfBatches(await readArchive(archive, signal), most, pick)
  throw new NtkError('file', {
    what: `${dir} has neither a batch of CIFAR-10 nor ${archiveName}.`,
    fix: 'Batches are data_batch_1.bin to data_batch_5.bin and test_batch.bin, plain or .gz ("binary version").',
  })
}

interface Found {
  /** Path of each batch. */
  readonly files: ReadonlyMap<number | 'test', string>
  readonly archive: string | null
}

async function namesIn(dir: string): Promise<readonly string[]> {
  try {
    return await readdir(dir)
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return []
    throw fileError(error, dir, 'read')
  }
}

async function whatIsThere(dir: string): Promise<Found> {
  const files = new Map<number | 'test', string>()
  // Plain files before gzipped ones of the same batch, and the folder before the one inside it.
  for (const folder of [dir, join(dir, inner)]) {
    for (const name of [...(await namesIn(folder))].sort()) {
      const batch = batchOf(name)
      if (batch !== null && !files.has(batch)) files.set(batch, join(folder, name))
    }
  }
  const names = await namesIn(dir)
  const archive = archives.find((name) => names.includes(name))
  return { files, archive: archive === undefined ? null : join(dir, archive) }
}

/** The batch to test on, and others until there are `images`. */
async function readFew(files: Found['files'], images: number): Promise<Cifar10Batches> {
  const batches = new Map<number | 'test', { name: string; bytes: Uint8Array }>()
  let have = 0
  const order = [...files].sort(([a], [b]) => rankOfBatch(a) - rankOfBatch(b))
  for (const [batch, path] of order) {
    if (batch !== 'test' && have >= images) continue
    const bytes = await readBytes(path)
    if (batch !== 'test') have += (isGzip(bytes) ? statedSize(bytes) : bytes.length) / cifar10Record
    batches.set(batch, { name: path, bytes })
  }
  return batches
}

/** The batches of the archive, unpacked as it is read. */
async function readArchive(path: string, signal: AbortSignal | undefined): Promise<Cifar10Batches> {
  const reader = cifar10Tar(path)
  const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) reader.push(chunk)
  }
  const from = createReadStream(path)
  try {
    if (path.endsWith('.gz')) await pipeline(from, createGunzip(), take, { signal })
    else await pipeline(from, take, { signal })
  } catch (error) {
    if (NtkError.isInstance(error)) throw error
    if (signal?.aborted === true) {
      throw new NtkError('aborted', { what: `Reading ${path} was broken off.` })
    }
    if (isFileError(error)) throw fileError(error, path, 'read')
    throw new NtkError('data', {
      what: `${path} is not a whole gzip file.`,
      got: error instanceof Error ? error.message : String(error),
      fix: 'Copy or download it again.',
      cause: error,
    })
  }
  return batchesOfTar(reader, path)
}

export interface DownloadCifar10Options {
  /** `cifar-10` in the data folder unless given. */
  readonly dir?: string | undefined
  /** Base URLs, each ending in a slash, tried in order; that of its author unless given. */
  readonly mirrors?: readonly string[] | undefined
  /** SHA-256 of the archive; that of the original unless given. */
  readonly sha256?: string | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const downloadRules = {
  dir: optional(text()),
  mirrors: optional(listOf(text())),
  sha256: text(digest),
  ...progressRules,
} satisfies RulesFor<DownloadCifar10Options>

/** Downloads `cifar-10-binary.tar.gz` unless the folder has it or batches. A broken off download goes on where it stopped. */
export async function downloadCifar10(options?: DownloadCifar10Options): Promise<void> {
  const o = readOptions('downloadCifar10', downloadRules, options)
  const dir = o.dir ?? join(dataDir(), 'cifar-10')
  const { files, archive } = await whatIsThere(dir)
  if (files.size > 0 || archive !== null) return
  await download({
    urls: (o.mirrors ?? mirrors).map((base) => `${base}${archiveName}`),
    path: join(dir, archiveName),
    sha256: o.sha256,
    onProgress: o.onProgress,
    signal: o.signal,
  })
}

/**
 * Copies the batches of `dir`, or its archive, into the data folder, for machines without a network, after reading them whole: nothing is
 * copied unless all are right. Replaces what was there.
 * Throws as `loadCifar10`.
 */
export async function importCifar10(dir: string): Promise<Imported> {
  const { train, test } = await loadCifar10({ dir })
  const { files, archive } = await whatIsThere(dir)
  const target = join(dataDir(), 'cifar-10')
  const from = files.size > 0 ? [...files.values()] : archive === null ? [] : [archive]
  const copies = new Map<string, Uint8Array>()
  for (const path of from) copies.set(join(target, basename(path)), await readBytes(path))
  await writeTogether(copies)
  // The loader must not find what was there before.
  for (const folder of [target, join(target, inner)]) {
    for (const name of await namesIn(folder)) {
      const path = join(folder, name)
      if ((batchOf(name) !== null || archives.includes(name)) && !copies.has(path)) await rm(path)
    }
  }
  return { dir: target, train: train.images.shape[0] as number, test: test.images.shape[0] as number }
}
