import { flatten, normalizeSamples, signLabels } from '@ntk/datasets'
import { type Key, NtkError, type Tensor } from '@ntk/tensor'
import { type DataName, dataNames } from '../config/data.js'
import { loadData } from '../data/load.js'
import { type Stage, stage } from '../experiment/stage.js'
import { listOf, oneOf, text, whole } from '../settings/kind.js'
import { optionalSetting, type Settings, setting } from '../settings/setting.js'

/** The images of an experiment: two classes of a data set. */
export interface ImageSettings {
  data: DataName
  dataDir?: string | undefined
  classes: number[]
  train: number
}

/** @param standard the data set of the paper, and how many of its images it trains on */
export function imageSettings(standard: {
  readonly data: DataName
  readonly classes: readonly number[]
  readonly train: number
}): {
  readonly [K in keyof ImageSettings]-?: Settings<ImageSettings[K]>
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
    classes: setting(listOf(whole({ min: 0, max: 9 }), { min: 2, distinct: 'a class' }), {
      help: 'Two classes, -1 and 1 as targets',
      default: [...standard.classes],
    }),
    train: setting(whole({ min: 2 }), { help: 'Training samples', default: standard.train }),
  }
}

export interface ImagesOutput {
  readonly values: object
  /** Images as rows, each of mean 0 and variance 1, and targets -1 and 1: [n, features] and [n, 1], the classes in turn. */
  readonly arrays: { readonly x: Tensor; readonly y: Tensor }
}

/** @throws NtkError `config` unless there are two classes */
export function requireTwoClasses({ classes }: ImageSettings): void {
  if (classes.length === 2) return
  throw new NtkError('config', {
    what: 'classes must name two classes.',
    got: classes.join(', '),
    fix: 'Write --set classes=0,1.',
  })
}

/** Reads or generates the images. What is missing is an error before any other work, and says that glyphs need no files. */
export function imagesStage(config: ImageSettings, key: Key): Stage<ImagesOutput> {
  return stage({
    name: 'data',
    title: `reading ${config.data}`,
    seconds: config.data === 'glyphs' ? 0.2 : 1,
    async run(_, context) {
      const { data: name, dataDir: directory, classes, train } = config
      const wanted = { name, directory, classes, train, test: 2, normalize: 'sample' } as const
      const split = await loadData(wanted, key, context).catch((error: unknown) => {
        throw name === 'glyphs' ? error : withGlyphs(error)
      })
      const { images, labels } = split.train
      return { values: {}, arrays: { x: normalizeSamples(flatten(images)), y: signLabels(labels) } }
    },
  })
}

/** The way out that needs nothing: generated images. */
export function withGlyphs(error: unknown): unknown {
  if (!NtkError.isInstance(error) || error.code === 'aborted') return error
  const { code, what, got, fix } = error
  const other = 'Or take generated images, which need no files: --data glyphs.'
  return new NtkError(code, { what, got, fix: fix === undefined ? other : `${fix} ${other}`, cause: error })
}
