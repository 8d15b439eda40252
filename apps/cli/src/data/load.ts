import { resolve } from 'node:path'
import { type Dataset, glyphs, splitDataset, subset } from '@ntk/datasets'
import {
  type DownloadProgress,
  loadCifar10,
  loadFashionMnist,
  loadMnist,
  type Split,
} from '@ntk/datasets/node'
import { foldIn, type Key } from '@ntk/tensor'
import type { DataConfig, DataName } from '../config/data.js'
import type { Io } from '../frame/io.js'
import type { Progress, Task } from '../progress/progress.js'

/** What loading may need of the outside. */
export interface LoadContext {
  readonly io: Io
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * The images that a config asks for, drawn by the key, classes in equal shares: glyphs are generated, other sets come
 * from their folder, or the cache, or the network.
 *
 * @throws NtkError `data` for damaged files, `option` for more images than there are
 */
export async function loadData(config: DataConfig, key: Key, context: LoadContext): Promise<Split> {
  const wanted = config.classes
  const chosen = wanted === undefined ? {} : { classes: wanted }
  if (config.name === 'glyphs') {
    const share = (wanted?.length ?? 10) / 10
    // Every ten consecutive glyphs hold each class once.
    const n = 10 * Math.ceil((config.train + config.test) / (10 * share))
    const all = subset(glyphs({ key, n }), chosen)
    return splitDataset(all, { train: config.train, test: config.test, stratified: true })
  }
  const { train, test } = await readImages(config.name, config.directory, context)
  return {
    train: draw(train, config.train, foldIn(key, 0), chosen),
    test: draw(test, config.test, foldIn(key, 1), chosen),
  }
}

interface Call {
  readonly dir?: string
  readonly signal: AbortSignal
  readonly onProgress?: (progress: DownloadProgress) => void
}

const loaders: { readonly [N in Exclude<DataName, 'glyphs'>]: (call: Call) => Promise<Split> } = {
  mnist: loadMnist,
  'fashion-mnist': ({ dir }) => loadFashionMnist({ dir }),
  cifar10: loadCifar10,
}

/** A set from a folder, or from the cache after what is absent there was downloaded with progress. */
async function readImages(
  name: Exclude<DataName, 'glyphs'>,
  directory: string | undefined,
  { io, progress, signal }: LoadContext,
): Promise<Split> {
  const load = loaders[name]
  if (directory !== undefined) return load({ dir: resolve(io.cwd, directory), signal })
  let task: Task | undefined
  let file = ''
  const split = await load({
    signal,
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
