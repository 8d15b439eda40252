import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import { listOf, optional, type RulesFor, readOptions, recordOf, text } from '@ntk/tensor/options'
import type { Dataset } from '../dataset.js'
import { fashionMnistClasses, mnistFromIdx } from '../mnist.js'
import type { PickOfParts } from '../pick.js'
import { type DownloadProgress, download } from './download.js'
import { readBytes, writeTogether } from './files.js'
import { limitsOf, loadRules, progressRules } from './load-options.js'
import { dataDir } from './paths.js'

const parts = {
  train: ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
  test: ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'],
} as const

// Of the gzipped files as Yann LeCun published them.
const digests: Readonly<Record<string, string>> = {
  'train-images-idx3-ubyte': '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
  'train-labels-idx1-ubyte': '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
  't10k-images-idx3-ubyte': '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
  't10k-labels-idx1-ubyte': 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
}

const mirrors: readonly string[] = [
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
]

export interface Split {
  readonly train: Dataset
  readonly test: Dataset
}

export interface LoadMnistOptions {
  /** A folder with the four IDX files, plain or gzipped; `mnist` in the data folder unless given. */
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
  /** Whether absent files of the data folder may be downloaded, true unless given. */
  readonly download?: boolean | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * MNIST, images [n, 28, 28, 1] in [0, 1]. Without `dir`, from the data folder (`NTK_DATA_DIR` or the user's cache),
 * downloaded there first where it is absent.
 * Throws NtkError 'file' where a file is absent, 'data' where one is corrupt or two do not match, 'network'.
 */
export async function loadMnist(options?: LoadMnistOptions): Promise<Split> {
  const { limit, pick, onProgress, signal, ...o } = readOptions('loadMnist', loadRules, options)
  const dir = o.dir ?? join(dataDir(), 'mnist')
  if (o.dir === undefined && o.download) await downloadMnist({ dir, onProgress, signal })
  return loadIdxFolder(dir, { limit, pick }, { name: 'mnist' })
}

export interface LoadFashionMnistOptions {
  /** A folder with the four IDX files, plain or gzipped; `fashion-mnist` in the data folder unless given. */
  readonly dir?: string | undefined
  /** Only the first so many images of each part. */
  readonly limit?: LoadMnistOptions['limit']
  /** As of `loadMnist`. */
  readonly pick?: PickOfParts | undefined
}

const fashionRules = {
  dir: loadRules.dir,
  limit: loadRules.limit,
  pick: loadRules.pick,
} satisfies RulesFor<LoadFashionMnistOptions>

/**
 * Fashion-MNIST (Xiao et al. 2017) from its four IDX files, which are named as those of MNIST: images [n, 28, 28, 1] in [0, 1]. It is not
 * downloaded; `importFashionMnist` copies it into the data folder.
 * Throws as `loadMnist`.
 */
export async function loadFashionMnist(options?: LoadFashionMnistOptions): Promise<Split> {
  const { dir, ...which } = readOptions('loadFashionMnist', fashionRules, options)
  return loadIdxFolder(dir ?? join(dataDir(), fashion.name), which, fashion)
}

const fashion = { name: 'fashion-mnist', classes: fashionMnistClasses } as const

interface IdxSet {
  readonly name: string
  readonly classes?: readonly string[] | undefined
}

/** Which images of a set. */
type Which = { readonly limit?: LoadMnistOptions['limit']; readonly pick?: PickOfParts | undefined }

async function loadIdxFolder(dir: string, which: Which, set: IdxSet): Promise<Split> {
  return {
    train: await loadPart(dir, 'train', which, set),
    test: await loadPart(dir, 'test', which, set),
  }
}

async function loadPart(
  dir: string,
  part: keyof typeof parts,
  { limit, pick }: Which,
  { name, classes }: IdxSet,
): Promise<Dataset> {
  const [imagesName, labelsName] = parts[part].map((name) => findFile(dir, name)) as [string, string]
  return mnistFromIdx(
    { images: await readBytes(imagesName), labels: await readBytes(labelsName) },
    {
      name: `${name} ${part}`,
      imagesName,
      labelsName,
      classes,
      limit: limitsOf(limit)[part],
      pick: pick && ((all) => pick({ ...all, part })),
    },
  )
}

/** The names a file goes by: `-idx3` or `.idx3`, gzipped or not. */
function spellings(name: string): string[] {
  const dotted = name.replace(/-(idx\d)/, '.$1')
  return [name, `${name}.gz`, dotted, `${dotted}.gz`]
}

function findFile(dir: string, name: string): string {
  const path = spellings(name)
    .map((spelling) => join(dir, spelling))
    .find((candidate) => existsSync(candidate))
  if (path !== undefined) return path
  throw new NtkError('file', {
    what: `${dir} has no ${name}, plain or .gz.`,
    fix: 'MNIST consists of train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte.',
  })
}

export interface DownloadMnistOptions {
  /** `mnist` in the data folder unless given. */
  readonly dir?: string | undefined
  /** Base URLs, each ending in a slash, tried in order; two public mirrors unless given. */
  readonly mirrors?: readonly string[] | undefined
  /** SHA-256 of the gzipped files by name without `.gz`; those of the original files unless given. */
  readonly sha256?: Readonly<Record<string, string>> | undefined
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const downloadRules = {
  dir: optional(text()),
  mirrors: optional(listOf(text())),
  sha256: optional(recordOf(text())),
  ...progressRules,
} satisfies RulesFor<DownloadMnistOptions>

/** Downloads those of the four files that are absent. A broken off download goes on where it stopped. */
export async function downloadMnist(options?: DownloadMnistOptions): Promise<void> {
  const o = readOptions('downloadMnist', downloadRules, options)
  const { dir = join(dataDir(), 'mnist'), sha256 = digests, onProgress, signal } = o
  for (const name of [...parts.train, ...parts.test]) {
    if (spellings(name).some((spelling) => existsSync(join(dir, spelling)))) continue
    const digest = sha256[name]
    if (digest === undefined) throw new NtkError('option', { what: `sha256 has no digest of ${name}.` })
    await download({
      urls: (o.mirrors ?? mirrors).map((base) => `${base}${name}.gz`),
      path: join(dir, `${name}.gz`),
      sha256: digest,
      onProgress,
      signal,
    })
  }
}

export interface Imported {
  /** The folder in the data folder. */
  readonly dir: string
  readonly train: number
  readonly test: number
}

/**
 * Copies the four files of `dir` into the data folder, for machines without a network, after reading them whole:
 * nothing is copied unless all four are right. Replaces what was there.
 * Throws as `loadMnist`.
 */
export async function importMnist(dir: string): Promise<Imported> {
  return importIdxFolder(dir, { name: 'mnist' })
}

/** As `importMnist`, for Fashion-MNIST. */
export async function importFashionMnist(dir: string): Promise<Imported> {
  return importIdxFolder(dir, fashion)
}

async function importIdxFolder(dir: string, set: IdxSet): Promise<Imported> {
  const { train, test } = await loadIdxFolder(dir, {}, set)
  const target = join(dataDir(), set.name)
  for (const [name, data] of [
    ['train', train],
    ['test', test],
  ] as const) {
    const [, height, width] = data.images.shape
    if (height !== 28 || width !== 28) {
      throw new NtkError('data', {
        what: `${set.name} has images of 28 x 28 pixels.`,
        got: `${height} x ${width} in the ${name} part`,
      })
    }
  }
  const names = [...parts.train, ...parts.test].map((name) => {
    const from = findFile(dir, name)
    return { name, from, to: join(target, `${name}${from.endsWith('.gz') ? '.gz' : ''}`) }
  })
  const files = new Map<string, Uint8Array>()
  for (const { from, to } of names) files.set(to, await readBytes(from))
  await writeTogether(files)
  // The loader must not find an older copy under another of its names.
  for (const { name, to } of names) {
    for (const other of spellings(name).map((spelling) => join(target, spelling))) {
      if (other !== to) await rm(other, { force: true })
    }
  }
  return { dir: target, train: train.images.shape[0] as number, test: test.images.shape[0] as number }
}
