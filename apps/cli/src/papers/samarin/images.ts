import { oneHot, standardize, statistics } from '@ntk/datasets'
import { cast, type Key, NtkError, type Tensor } from '@ntk/tensor'
import { type ImageSource, imageSource, isDataName } from '../../config/data.js'
import { loadData } from '../../data/load.js'
import { type Stage, stage } from '../../experiment/stage.js'
import { requireMemory } from '../../measures/memory.js'
import { imageNeeds } from '../../networks/needs.js'
import { shapeOfImages } from '../../networks/samples.js'
import { orNone, text, whole } from '../../settings/kind.js'
import { optionalSetting, type Settings, setting } from '../../settings/setting.js'
import { withGlyphs } from '../images.js'
import { type Architecture, architectures } from './networks.js'

/** Images of all classes of a set, or of a folder. */
export interface SamarinImages {
  data: ImageSource
  dataDir?: string | undefined
  resize: number | null
  crop: number | null
  train: number
  test: number
}

export function samarinImageSettings(standard: {
  readonly data: ImageSource
  readonly resize: number | null
  readonly train: number
  readonly test: number
}): { readonly [K in keyof SamarinImages]-?: Settings<SamarinImages[K]> } {
  return {
    data: setting(imageSource, {
      help: 'Data set: glyphs (generated, no download), mnist, fashion-mnist, cifar10; or a folder of images, such as ./snakes, with a folder for each class',
      default: standard.data,
    }),
    dataDir: optionalSetting(text('dir'), {
      help: 'Folder of the files of the data set',
      absent: 'the cache that ntk data import and the download fill',
    }),
    resize: setting(orNone(whole()), {
      help: 'Images are brought to this shorter side in pixels, or none: as they are',
      default: standard.resize,
    }),
    crop: setting(orNone(whole()), {
      help: 'After that, the square in their middle of so many pixels is cut out, or none',
      default: null,
    }),
    train: setting(whole({ min: 10 }), { help: 'Training images', default: standard.train }),
    test: setting(whole({ min: 10 }), { help: 'Test images', default: standard.test }),
  }
}

const configOf = ({ data, dataDir, resize, crop, train, test }: SamarinImages) =>
  ({
    name: data,
    directory: dataDir,
    train,
    test,
    normalize: 'none',
    resize: resize ?? undefined,
    crop: crop ?? undefined,
  }) as const

/** [height, width, channels]; ones where a folder does not say. */
export const imageShape = (images: SamarinImages): readonly number[] => shapeOfImages(configOf(images))

/** `cifar10, 16 × 16`, `./snakes, 224 × 224` */
export function describeImages(images: SamarinImages): string {
  const side = images.crop ?? images.resize
  return side === null ? images.data : `${images.data}, ${side} × ${side}`
}

/**
 * Refuses images that the network cannot take, or that do not fit into memory.
 *
 * @throws NtkError `config`
 */
export function requireImagesFor(architecture: Architecture, images: SamarinImages): void {
  const { title, smallestImage } = architectures[architecture]
  const [height = 1] = imageShape(images)
  const known = isDataName(images.data) || images.crop !== null || images.resize !== null
  if (known && height < smallestImage) {
    throw new NtkError('config', {
      what: `${title} takes images of at least ${smallestImage} × ${smallestImage}.`,
      got: describeImages(images),
      fix: `Write --set resize=${smallestImage}.`,
    })
  }
  requireMemory(imageNeeds(configOf(images)))
}

export interface SamarinData {
  readonly values: { readonly classes: number }
  /** Images [n, height, width, channels] of mean 0 and variance 1 in each channel of the training set, and one-hot targets [n, classes]; float32. */
  readonly arrays: {
    readonly x_train: Tensor
    readonly y_train: Tensor
    readonly x_test: Tensor
    readonly y_test: Tensor
  }
}

/** Reads or generates the images; what is missing is an error before any other work. */
export function samarinDataStage(name: string, images: SamarinImages, key: Key): Stage<SamarinData> {
  const numbers =
    (images.train + images.test) * imageShape(images).reduce((product, size) => product * size, 1)
  return stage({
    name,
    title: `reading ${images.data}`,
    seconds: 0.3 + numbers * 1e-7,
    async run(_, context) {
      const { train, test } = await loadData(configOf(images), key, context).catch((error: unknown) => {
        throw images.data === 'glyphs' ? error : withGlyphs(error)
      })
      const scale = statistics(train.images, 'channel')
      const classes = train.classes.length
      const inputs = (x: Tensor): Tensor => cast(standardize(x, scale), 'float32')
      const targets = (labels: Tensor): Tensor => cast(oneHot(labels, classes), 'float32')
      return {
        values: { classes },
        arrays: {
          x_train: inputs(train.images),
          y_train: targets(train.labels),
          x_test: inputs(test.images),
          y_test: targets(test.labels),
        },
      }
    },
  })
}
