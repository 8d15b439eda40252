import { listOf, oneOf, text, whole } from '../settings/kind.js'
import { group, optionalSetting, type Settings, setting } from '../settings/setting.js'

/** The sets of images that a config may name. */
export const dataNames = ['glyphs', 'mnist', 'fashion-mnist', 'cifar10'] as const

export type DataName = (typeof dataNames)[number]

/** The data of a run: which set, how many samples, which classes, how they are scaled. */
export interface DataConfig {
  name: DataName
  directory?: string | undefined
  train: number
  test: number
  classes?: number[] | undefined
  normalize: 'sample' | 'pixel' | 'none'
}

/** The settings one by one, but for the numbers of samples. */
export function dataParts(): {
  readonly [K in Exclude<keyof DataConfig, 'train' | 'test'>]-?: Settings<DataConfig[K]>
} {
  return {
    name: setting(oneOf(dataNames), {
      help: 'Data set: glyphs (generated, no download), mnist, fashion-mnist or cifar10',
      default: 'glyphs',
      flag: 'data',
    }),
    directory: optionalSetting(text('dir'), {
      help: 'Folder of the files of the data set',
      absent: 'the cache that ntk data import and the download fill',
      flag: 'dataDir',
    }),
    classes: optionalSetting(listOf(whole({ min: 0, max: 9 }), { min: 2, distinct: 'a class' }), {
      help: 'Classes to keep, such as 0,1, relabelled in this order',
      absent: 'all',
    }),
    normalize: setting(oneOf(['sample', 'pixel', 'none'], 'how'), {
      help: 'sample: every image to mean 0 and variance 1; pixel: every pixel over the training set; none: 0 to 1',
      default: 'sample',
    }),
  }
}

/** Settings of everything that reads a data set; `samples` is what the help calls those that are not for testing. */
export function dataSettings(samples: string = 'Training samples'): Settings<DataConfig> {
  const { name, directory, classes, normalize } = dataParts()
  return group<DataConfig>({
    name,
    directory,
    train: setting(whole(), { help: samples, default: 128 }),
    test: setting(whole(), { help: 'Test samples', default: 128 }),
    classes,
    normalize,
  })
}
