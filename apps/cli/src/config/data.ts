import { z } from 'zod'
import { type Kind, listOf, oneOf, text, whole } from '../settings/kind.js'
import { group, optionalSetting, type Settings, setting } from '../settings/setting.js'

/** The sets of images that a config may name. */
export const dataNames = ['glyphs', 'mnist', 'fashion-mnist', 'cifar10'] as const

export type DataName = (typeof dataNames)[number]

/** A data set by its name, or a folder of images by its path, which has a slash: `./snakes`. */
export type ImageSource = DataName | `${string}/${string}` | `${string}\\${string}`

const isPath = (value: unknown): value is Exclude<ImageSource, DataName> =>
  typeof value === 'string' && /[\\/]/.test(value)

export const isDataName = (source: ImageSource): source is DataName => !isPath(source)

/** A data set by its name, or a folder with a folder of images for each class. */
export const imageSource: Kind<ImageSource> = {
  ...oneOf(dataNames),
  schema: z
    .string()
    .refine((value): value is ImageSource => isPath(value) || dataNames.some((name) => name === value), {
      error: `must be one of ${dataNames.join(', ')}, or a folder of images, with a slash: ./snakes`,
    }) as unknown as z.ZodType<ImageSource>,
}

/** Images that may also come from a folder, and be brought to another size. */
export interface ImagesConfig extends Omit<DataConfig, 'name'> {
  name: ImageSource
  resize?: number | undefined
  crop?: number | undefined
}

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

/** The same of what also takes a folder of images. */
export function imageParts(): {
  readonly [K in Exclude<keyof ImagesConfig, 'train' | 'test'>]-?: Settings<ImagesConfig[K]>
} {
  return {
    ...dataParts(),
    name: setting(imageSource, {
      help: 'Data set: glyphs (generated, no download), mnist, fashion-mnist, cifar10; or a folder of images, such as ./snakes, with a folder for each class, or with train/ and test/ that have those',
      default: 'glyphs',
      flag: 'data',
    }),
    classes: optionalSetting(listOf(whole({ min: 0 }), { min: 2, distinct: 'a class' }), {
      help: 'Classes to keep, such as 0,1, relabelled in this order',
      absent: 'all',
    }),
    resize: optionalSetting(whole(), {
      help: 'Images are brought to this shorter side, in pixels',
      absent: 'as they are',
    }),
    crop: optionalSetting(whole(), {
      help: 'After that, the square in their middle of so many pixels is cut out',
      absent: 'all',
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
