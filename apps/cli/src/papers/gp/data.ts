import { resolve } from 'node:path'
import { centredLabels, type Dataset, resizeImages, sizeOfDataset, takeExamples } from '@ntk/datasets'
import { loadCifar10, loadFashionMnist, loadMnist, type Split } from '@ntk/datasets/node'
import { type Key, NtkError, type Tensor } from '@ntk/tensor'
import { loadData } from '../../data/load.js'
import { type Stage, type StageContext, stage } from '../../experiment/stage.js'
import { withGlyphs } from '../images.js'
import type { GpConfig } from './settings.js'

export interface GpData {
  readonly values: object
  readonly arrays: {
    /** Images as they are, numbers from 0 to 1, in the order of the files: [n, height, width, channels]. */
    readonly x_train: Tensor
    readonly x_test: Tensor
    /** One-hot less 1/10: [n, 10]. */
    readonly y_train: Tensor
    readonly y_test: Tensor
  }
}

/** The first images of both files, so that others can take the same. */
export function gpDataStage(config: GpConfig, key: Key): Stage<GpData> {
  const { data, side, subsets, sizes, test } = config
  return stage({
    name: 'data',
    title: `reading ${data}`,
    seconds: data === 'glyphs' ? 0.3 : 2,
    async run(_, context) {
      const train = subsets * Math.max(...sizes)
      const split = await firstImages(config, { train, test }, key, context).catch((error: unknown) => {
        throw data === 'glyphs' ? error : withGlyphs(error)
      })
      const sized = ({ images }: Dataset): Tensor =>
        side === null ? images : resizeImages(images, [side, side])
      return {
        values: {},
        arrays: {
          x_train: sized(split.train),
          x_test: sized(split.test),
          y_train: centredLabels(split.train.labels, 10),
          y_test: centredLabels(split.test.labels, 10),
        },
      }
    },
  })
}

async function firstImages(
  { data, dataDir }: GpConfig,
  counts: { readonly train: number; readonly test: number },
  key: Key,
  context: StageContext,
): Promise<Split> {
  if (data === 'glyphs') return loadData({ name: data, ...counts, normalize: 'none' }, key, context)
  const load = { mnist: loadMnist, 'fashion-mnist': loadFashionMnist, cifar10: loadCifar10 }[data]
  const first = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
  const given = dataDir === undefined ? {} : { dir: resolve(context.io.cwd, dataDir) }
  const split = await load({
    ...given,
    // What is not there is refused below.
    pick: ({ part, labels }) => first(Math.min(counts[part], labels.size)),
  })
  const enough = (part: 'train' | 'test'): Dataset => {
    const there = sizeOfDataset(split[part])
    if (there >= counts[part]) return takeExamples(split[part], first(counts[part]))
    throw new NtkError('option', {
      what: `${data} has ${there} images in its ${part} file.`,
      got: `${counts[part]} asked for`,
      fix: part === 'test' ? 'Take fewer: --set test=500.' : 'Take fewer: --set subsets=1, or smaller sizes.',
    })
  }
  return { train: enough('train'), test: enough('test') }
}
