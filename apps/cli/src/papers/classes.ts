import {
  centredLabels,
  type Dataset,
  normalizeSamples,
  resizeImages,
  shuffle,
  takeExamples,
} from '@ntk/datasets'
import { foldIn, type Key, type Tensor } from '@ntk/tensor'
import { type DataName, dataNames } from '../config/data.js'
import { loadData } from '../data/load.js'
import { type Stage, stage } from '../experiment/stage.js'
import { oneOf, text, whole } from '../settings/kind.js'
import { optionalSetting, type Settings, setting } from '../settings/setting.js'
import { withGlyphs } from './images.js'

/** The images of an experiment: ten classes of a data set, to train on and to test. */
export interface ClassesSettings {
  data: DataName
  dataDir?: string | undefined
  train: number
  test: number
  side: number
}

/** @param standard the data set, how many of its images are taken, and to what height and width they are brought */
export function classesSettings(standard: Omit<ClassesSettings, 'dataDir'>): {
  readonly [K in keyof ClassesSettings]-?: Settings<ClassesSettings[K]>
} {
  return {
    data: setting(oneOf(dataNames), {
      help: 'Data set: glyphs (generated, no download), mnist, fashion-mnist or cifar10',
      default: standard.data,
    }),
    dataDir: optionalSetting(text('dir'), {
      help: 'Folder of the files of the data set',
      absent: 'the cache that ntk data import and the download fill',
    }),
    train: setting(whole({ min: 10 }), { help: 'Training images', default: standard.train }),
    test: setting(whole({ min: 10 }), { help: 'Test images', default: standard.test }),
    side: setting(whole({ min: 2 }), {
      help: 'Height and width to which images are brought',
      default: standard.side,
    }),
  }
}

export interface ClassesOutput {
  readonly values: object
  readonly arrays: {
    /** [n, side, side, channels], each image of mean 0 and variance 1. */
    readonly x_train: Tensor
    readonly x_test: Tensor
    /** One-hot less 1/10: [n, 10]. */
    readonly y_train: Tensor
    readonly y_test: Tensor
  }
}

export const classCount = 10

/** So many images by chance, the first draw in which one class is in front of all others. */
function drawn(of: Dataset, count: number, key: Key): Dataset {
  const first = Array.from({ length: count }, (_, i) => i)
  for (let draw = 0; ; draw++) {
    const part = takeExamples(shuffle(of, foldIn(key, draw)), first)
    const counts = new Array<number>(classCount).fill(0)
    for (const label of part.labels.dataSync()) counts[label] = (counts[label] as number) + 1
    const [most = 0, next = 0] = counts.sort((a, b) => b - a)
    if (most > next) return part
  }
}

/**
 * Reads or generates images, drawn by chance: classes are in shares that differ, as in a sample of a data set. Where they are equal the labels of
 * each class sum to zero, and an argmax still finds classes where outputs are too small to be learnt.
 */
export function classesStage(config: ClassesSettings, key: Key, name = 'data'): Stage<ClassesOutput> {
  return stage({
    name,
    title: `reading ${config.data}`,
    seconds: config.data === 'glyphs' ? 0.2 : 1,
    async run(_, context) {
      const { data, dataDir: directory, train, test, side } = config
      // Half of what is read is taken, whatever its class.
      const wanted = { name: data, directory, train: 2 * train, test: 2 * test, normalize: 'sample' } as const
      const split = await loadData(wanted, key, context).catch((error: unknown) => {
        throw data === 'glyphs' ? error : withGlyphs(error)
      })
      const part = (of: Dataset): { x: Tensor; y: Tensor } => {
        const { images, labels } = of
        const [, height = 0, width = 0] = images.shape
        const sized = height === side && width === side ? images : resizeImages(images, [side, side])
        return { x: normalizeSamples(sized), y: centredLabels(labels, classCount) }
      }
      const a = part(drawn(split.train, train, foldIn(key, 10)))
      const b = part(drawn(split.test, test, foldIn(key, 11)))
      return { values: {}, arrays: { x_train: a.x, y_train: a.y, x_test: b.x, y_test: b.y } }
    },
  })
}
