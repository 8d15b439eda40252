import { resolve } from 'node:path'
import {
  centreCrop,
  type Dataset,
  glyphs,
  type LabelsOfImages,
  resizeImages,
  splitDataset,
  subset,
} from '@ntk/datasets'
import {
  type DownloadProgress,
  loadCifar10,
  loadFashionMnist,
  loadMnist,
  type PickOfParts,
  type Split,
} from '@ntk/datasets/node'
import { foldIn, type Key, tensorFromData } from '@ntk/tensor'
import { type DataName, type ImagesConfig, isDataName } from '../config/data.js'
import type { Task } from '../progress/progress.js'
import type { LoadContext } from './context.js'
import { loadFolder } from './folder.js'

/**
 * The images that a config asks for, drawn by the key, classes in equal shares: glyphs are generated, other sets come
 * from their folder, or the cache, or the network; those of a folder of images are read where they are drawn.
 *
 * @throws NtkError `data` for damaged files, `option` for more images than there are, `shape` for images of a folder that
 *   have several sizes
 */
export async function loadData(config: ImagesConfig, key: Key, context: LoadContext): Promise<Split> {
  const { name, ...rest } = config
  if (!isDataName(name)) return loadFolder({ ...rest, folder: name }, key, context)
  const { train, test } = await loadNamed({ ...rest, name }, key, context)
  return { train: sized(train, config), test: sized(test, config) }
}

function sized(set: Dataset, { resize, crop }: Pick<ImagesConfig, 'resize' | 'crop'>): Dataset {
  const images = resize === undefined ? set.images : resizeImages(set.images, resize)
  return { ...set, images: crop === undefined ? images : centreCrop(images, crop) }
}

async function loadNamed(
  config: ImagesConfig & { name: DataName },
  key: Key,
  context: LoadContext,
): Promise<Split> {
  const wanted = config.classes
  const chosen = wanted === undefined ? {} : { classes: wanted }
  if (config.name === 'glyphs') {
    const share = (wanted?.length ?? 10) / 10
    // Every ten consecutive glyphs hold each class once.
    const n = 10 * Math.ceil((config.train + config.test) / (10 * share))
    const all = subset(glyphs({ key, n }), chosen)
    return splitDataset(all, { train: config.train, test: config.test, stratified: true })
  }
  // Drawn by their labels, so that no other images become numbers.
  const drawn = new Map<string, Dataset>()
  const split = await readImages(config.name, config.directory, context, ({ part, ...all }) => {
    const own = draw(placesOf(all, `${config.name} ${part}`), config[part], foldIn(key, keys[part]), chosen)
    drawn.set(part, own)
    return own.images.dataSync()
  })
  const named = (part: Part): Dataset => {
    const { labels = split[part].labels, classes = split[part].classes } = drawn.get(part) ?? {}
    return { ...split[part], labels, classes }
  }
  return { train: named('train'), test: named('test') }
}

type Part = 'train' | 'test'
const keys = { train: 0, test: 1 } as const

/** A set whose images are their own positions. */
function placesOf({ labels, classes }: LabelsOfImages, name: string): Dataset {
  const n = labels.size
  const places = tensorFromData(
    Float64Array.from({ length: n }, (_, i) => i),
    [n, 1, 1, 1],
  )
  return { name, images: places, labels, classes }
}

interface Call {
  readonly dir?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: DownloadProgress) => void
  readonly pick: PickOfParts
}

const loaders: { readonly [N in Exclude<DataName, 'glyphs'>]: (call: Call) => Promise<Split> } = {
  mnist: loadMnist,
  'fashion-mnist': ({ dir, pick }) => loadFashionMnist({ dir, pick }),
  cifar10: loadCifar10,
}

/** A set from a folder, or from the cache after what is absent there was downloaded with progress. */
async function readImages(
  name: Exclude<DataName, 'glyphs'>,
  directory: string | undefined,
  { io, progress, signal }: LoadContext,
  pick: PickOfParts,
): Promise<Split> {
  const load = loaders[name]
  if (directory !== undefined) return load({ dir: resolve(io.cwd, directory), signal, pick })
  let task: Task | undefined
  let file = ''
  const split = await load({
    signal,
    pick,
    onProgress: (now) => {
      if (now.file !== file) {
        task?.done()
        file = now.file
        task = progress.task(`downloading ${now.file}`, now.total ?? 1)
      }
      task?.update(now.done, `${(now.done / 2 ** 20).toFixed(1)} MB`)
    },
  }).catch((error: unknown) => {
    task?.stop()
    throw error
  })
  task?.done()
  return split
}

function draw(all: Dataset, count: number, key: Key, chosen: { classes?: readonly number[] }): Dataset {
  return splitDataset(subset(all, chosen), { train: count, test: 0, key, stratified: true }).train
}
