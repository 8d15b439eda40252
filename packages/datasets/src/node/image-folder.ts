import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Key, NtkError, permutation, showShape, type Tensor, tensorFromData } from '@ntk/tensor'
import { fileError } from '@ntk/tensor/node'
import {
  aFunction,
  aKey,
  aSignal,
  listOf,
  oneOf,
  optional,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireText,
  text,
} from '@ntk/tensor/options'
import type { Dataset } from '../dataset.js'
import { centreCrop, resizeImages } from '../images/resize.js'
import { decodeImage } from './decode.js'
import { readBytes } from './files.js'

export interface ImageFolderOptions {
  /** Each image is brought to this shorter side in pixels, by `resizeImages`; as it is unless given. */
  readonly resize?: number | undefined
  /** The square in the middle that is cut out after that, by `centreCrop`; all unless given. */
  readonly crop?: number | undefined
  /** 'rgb' (the default), [height, width, 3]; 'grey', one channel, 0.299 R + 0.587 G + 0.114 B (Rec. 601). */
  readonly colour?: 'rgb' | 'grey' | undefined
  /** Names of the folders that are classes, in the order of the labels; all, by name, unless given. */
  readonly classes?: readonly string[] | undefined
  /** Only the first so many images of each class, by name. */
  readonly perClass?: number | undefined
}

export interface ReadImagesOptions {
  readonly signal?: AbortSignal | undefined
  /** Told after each image: images read, and in all. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
}

export interface ImageBatchesOptions {
  /** Images a batch; the last may have fewer. */
  readonly batchSize: number
  /** Draws the order; as they lie, class by class, unless given. */
  readonly key?: Key | undefined
  readonly signal?: AbortSignal | undefined
}

/** Of images, and of reading them. */
export interface LoadImageFolderOptions extends ImageFolderOptions, ReadImagesOptions {}

/** A folder of images that are read when they are asked for: it may be larger than memory. */
export interface ImageFolder {
  readonly name: string
  readonly classes: readonly string[]
  /** Paths of all images, class by class, by name within each. */
  readonly paths: readonly string[]
  /** int32, one for each path. */
  readonly labels: Tensor
  /**
   * The images at `indices`, in that order. Throws NtkError 'data' naming an image that is cut off or no PNG or JPEG, 'shape' where images are
   * not of one size, 'file', 'aborted'.
   */
  read(indices: ArrayLike<number>, options?: ReadImagesOptions): Promise<Dataset>
  /** All images once, batch by batch; memory is that of one batch. Throws as `read`. */
  batches(options: ImageBatchesOptions): AsyncGenerator<Dataset, void, undefined>
}

const folderRules = {
  resize: optional(positiveInteger()),
  crop: optional(positiveInteger()),
  colour: oneOf(['rgb', 'grey'], 'rgb'),
  classes: optional(listOf(text(), 'a list of names')),
  perClass: optional(positiveInteger()),
} satisfies RulesFor<ImageFolderOptions>

const readRules = {
  signal: optional(aSignal()),
  onProgress: optional(aFunction<NonNullable<ReadImagesOptions['onProgress']>>()),
} satisfies RulesFor<ReadImagesOptions>

const batchesRules = {
  batchSize: positiveInteger(),
  key: optional(aKey()),
  signal: optional(aSignal()),
} satisfies RulesFor<ImageBatchesOptions>

type Look = Pick<ImageFolderOptions, 'resize' | 'crop'> & { readonly colour: 'rgb' | 'grey' }

/**
 * A folder with a folder for each class, of PNG and JPEG files; other files are left alone. Nothing is read but the names.
 * Throws NtkError 'file' where it cannot be read, 'data' where a class has no image, 'option' for a class without a folder.
 */
export async function openImageFolder(dir: string, options?: ImageFolderOptions): Promise<ImageFolder> {
  const { classes: wanted, perClass, ...look } = readOptions('openImageFolder', folderRules, options)
  requireText(dir, 'dir of openImageFolder')
  const found = await foldersOf(dir)
  const unknown = wanted?.find((name) => !found.includes(name))
  if (unknown !== undefined) {
    throw new NtkError('option', {
      what: `${dir} has no folder for the class "${unknown}".`,
      got: found.slice(0, 20).join(', '),
      fix: 'Give names of its folders.',
    })
  }
  const classes = wanted ?? found
  if (classes.length === 0) {
    throw new NtkError('data', {
      what: `${dir} must hold a folder for each class.`,
      got: 'none',
      fix: 'Put the images of each class into a folder of its own.',
    })
  }
  const paths: string[] = []
  const labels: number[] = []
  for (const [label, name] of classes.entries()) {
    const images = (await imagesOf(join(dir, name))).slice(0, perClass)
    paths.push(...images)
    labels.push(...images.map(() => label))
  }
  return imageFolder({ name: basename(dir), classes, paths, labels: Int32Array.from(labels) }, look)
}

/** All images of a folder in memory: `openImageFolder` and `read` in one. Throws as both. */
export async function loadImageFolder(dir: string, options?: LoadImageFolderOptions): Promise<Dataset> {
  const { signal, onProgress, ...of } = readOptions(
    'loadImageFolder',
    { ...folderRules, ...readRules },
    options,
  )
  const folder = await openImageFolder(dir, of)
  return folder.read(Array.from(folder.paths.keys()), { signal, onProgress })
}

interface Files {
  readonly name: string
  readonly classes: readonly string[]
  readonly paths: readonly string[]
  readonly labels: Int32Array
}

function imageFolder(files: Files, look: Look): ImageFolder {
  const { name, classes, paths, labels } = files
  const read: ImageFolder['read'] = async (indices, options) => {
    const { signal, onProgress } = readOptions('read of an image folder', readRules, options)
    const total = indices.length
    const own = new Int32Array(total)
    let pixels: Float64Array | null = null
    let shape: readonly number[] = [0, 0, look.colour === 'rgb' ? 3 : 1]
    for (let i = 0; i < total; i++) {
      const at = indices[i] as number
      const path = paths[at]
      if (path === undefined) {
        throw new NtkError('index', { what: `${name} has images 0 to ${paths.length - 1}.`, got: String(at) })
      }
      if (signal?.aborted === true)
        throw new NtkError('aborted', { what: `Reading ${name} was stopped.`, cause: signal.reason })
      const image = await readImage(path, look)
      if (pixels === null) {
        shape = image.shape.slice(1)
        pixels = new Float64Array(total * image.size)
      } else requireSameSize(image, shape, path)
      pixels.set(image.dataSync(), i * image.size)
      own[i] = labels[at] as number
      onProgress?.({ done: i + 1, total })
    }
    return {
      name,
      images: tensorFromData(pixels ?? new Float64Array(), [total, ...shape]),
      labels: tensorFromData(own, [total]),
      classes,
    }
  }
  return {
    name,
    classes,
    paths,
    labels: tensorFromData(labels, [labels.length]),
    read,
    batches(options) {
      const { batchSize, key, signal } = readOptions('batches of an image folder', batchesRules, options)
      const order =
        key === undefined ? Int32Array.from(paths.keys()) : permutation(key, paths.length).dataSync()
      return (async function* () {
        for (let start = 0; start < order.length; start += batchSize)
          yield await read(order.subarray(start, start + batchSize), { signal })
      })()
    },
  }
}

/** [1, height, width, channels] */
async function readImage(path: string, { resize, crop, colour }: Look): Promise<Tensor> {
  const { height, width, data } = decodeImage(await readBytes(path), path)
  const channels = colour === 'rgb' ? 3 : 1
  let image = tensorFromData(colour === 'rgb' ? data : greyOf(data), [1, height, width, channels])
  if (resize !== undefined) image = resizeImages(image, resize)
  if (crop === undefined) return image
  const [, h = 0, w = 0] = image.shape
  if (h < crop || w < crop) {
    throw new NtkError('shape', {
      what: `${path} is smaller than the square of ${crop} pixels that is cut out.`,
      got: `${h} × ${w}${resize === undefined ? '' : `, resized from ${height} × ${width}`}`,
      fix: 'Give `resize`, the shorter side, of at least `crop`.',
    })
  }
  return centreCrop(image, crop)
}

function greyOf(rgb: Float64Array): Float64Array {
  return Float64Array.from(
    { length: rgb.length / 3 },
    (_, i) =>
      0.299 * (rgb[3 * i] as number) +
      0.587 * (rgb[3 * i + 1] as number) +
      0.114 * (rgb[3 * i + 2] as number),
  )
}

function requireSameSize(image: Tensor, shape: readonly number[], path: string): void {
  if (image.shape.slice(1).every((size, i) => size === shape[i])) return
  throw new NtkError('shape', {
    what: 'Images that are read together must have one size.',
    got: `${showShape(image.shape.slice(1))} of ${path}, after ${showShape(shape)}`,
    fix: 'Give `resize` and `crop`.',
  })
}

/** Names of the folders in a folder, sorted by their code points. */
async function foldersOf(dir: string): Promise<string[]> {
  const entries = await entriesOf(dir)
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort()
}

async function imagesOf(dir: string): Promise<string[]> {
  const entries = await entriesOf(dir)
  const names = entries
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.(png|jpe?g)$/i.test(entry.name))
    .map(({ name }) => name)
    .sort()
  if (names.length > 0) return names.map((name) => join(dir, name))
  throw new NtkError('data', {
    what: `${dir} holds no PNG and no JPEG files (.png, .jpg, .jpeg).`,
    got: `${entries.length} other entries`,
    fix: 'Take the folder away, or name the others in `classes`.',
  })
}

async function entriesOf(dir: string): ReturnType<typeof entries> {
  try {
    return await entries(dir)
  } catch (error) {
    throw fileError(error, dir, 'read')
  }
}

const entries = (dir: string) => readdir(dir, { withFileTypes: true })
