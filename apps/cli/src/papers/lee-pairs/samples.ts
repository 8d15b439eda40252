import { centredLabels, flatten, normalizeSamples, resizeImages, signLabels } from '@ntk/datasets'
import { cast, type FloatDType, type Key, slice, type Tensor } from '@ntk/tensor'
import { loadData } from '../../data/load.js'
import { type Stage, stage } from '../../experiment/stage.js'
import { listOf, orNone, whole } from '../../settings/kind.js'
import { type Settings, setting } from '../../settings/setting.js'
import { type ImageSettings, imageSettings, withGlyphs } from '../images.js'

/** Images to train on and to test, of any number of classes. */
export interface SampleSettings extends ImageSettings {
  test: number
}

/** @param standard the data set of the paper, and how many of its images are taken */
export function sampleSettings(standard: {
  readonly data: 'mnist' | 'cifar10'
  readonly classes: readonly number[]
  readonly train: number
  readonly test: number
}): { readonly [K in keyof SampleSettings]-?: Settings<SampleSettings[K]> } {
  return {
    ...imageSettings(standard),
    classes: setting(listOf(whole({ min: 0, max: 9 }), { min: 2, distinct: 'a class' }), {
      help: 'Classes',
      default: [...standard.classes],
    }),
    test: setting(whole({ min: 2 }), { help: 'Test samples', default: standard.test }),
  }
}

/** Features of an image that is made a vector. */
export const featuresOf = (data: SampleSettings['data'], side: number | null): number =>
  (data === 'cifar10' ? 3 : 1) * (side ?? (data === 'cifar10' ? 32 : 28)) ** 2

/** Height and width that images are brought to, or none. */
export const sideSetting = (standard: number | null): Settings<number | null> =>
  setting(orNone(whole({ min: 2 })), {
    help: 'Height and width to which images are brought, or none to leave them',
    default: standard,
  })

/** How images and their classes become inputs and targets. */
export interface SampleShape {
  /** Each image a vector. */
  readonly flat: boolean
  /** Height and width that images are brought to; as they are where null or absent. */
  readonly side?: number | null
  /** −1 and 1 of two classes, one-hot less 1/k, or the classes themselves, as cross-entropy takes them. */
  readonly targets: 'signs' | 'centred' | 'labels'
  readonly dtype?: FloatDType
}

export interface SamplesOutput {
  readonly values: object
  /** Inputs, each of mean 0 and variance 1, and targets; the classes in turn, so that the first ones hold all classes. */
  readonly arrays: {
    readonly x: Tensor
    readonly y: Tensor
    readonly x_test: Tensor
    readonly y_test: Tensor
  }
}

/** Outputs of a network for these targets. */
export const outputsFor = ({ classes }: SampleSettings, { targets }: SampleShape): number =>
  targets === 'signs' ? 1 : classes.length

/** Data of a cell: its first training samples. */
export interface Sets {
  readonly train: { readonly x: Tensor; readonly y: Tensor }
  readonly test: { readonly x: Tensor; readonly y: Tensor }
}

export function setsOf({ arrays }: SamplesOutput, samples: number): Sets {
  const first = (array: Tensor): Tensor => slice(array, [0, samples])
  return {
    train: { x: first(arrays.x), y: first(arrays.y) },
    test: { x: arrays.x_test, y: arrays.y_test },
  }
}

/** Reads or generates the images. What is missing is an error before any other work, and says that glyphs need no files. */
export function samplesStage(
  config: SampleSettings,
  shape: SampleShape,
  train: number,
  key: Key,
): Stage<SamplesOutput> {
  return stage({
    name: 'data',
    title: `reading ${config.data}`,
    seconds: config.data === 'glyphs' ? 0.2 : 1,
    async run(_, context) {
      const { data: name, dataDir: directory, classes, test } = config
      const wanted = { name, directory, classes, train, test, normalize: 'sample' } as const
      const split = await loadData(wanted, key, context).catch((error: unknown) => {
        throw name === 'glyphs' ? error : withGlyphs(error)
      })
      const { flat, side, targets, dtype = 'float32' } = shape
      const inputs = (images: Tensor): Tensor => {
        const sized = side === undefined || side === null ? images : resizeImages(images, [side, side])
        return cast(normalizeSamples(flat ? flatten(sized) : sized), dtype)
      }
      const answers = (labels: Tensor): Tensor => {
        if (targets === 'labels') return labels
        return cast(targets === 'signs' ? signLabels(labels) : centredLabels(labels, classes.length), dtype)
      }
      return {
        values: {},
        arrays: {
          x: inputs(split.train.images),
          y: answers(split.train.labels),
          x_test: inputs(split.test.images),
          y_test: answers(split.test.labels),
        },
      }
    },
  })
}
