import { padCropFlip, randomCrop } from '@ntk/datasets'
import type { DataPair } from '@ntk/optim'
import { foldIn, type Key, NtkError, slice, type Tensor } from '@ntk/tensor'
import type { Apply } from '../../networks/apply.js'
import { onOff, whole } from '../../settings/kind.js'
import { group, optionalSetting, type Settings, setting } from '../../settings/setting.js'

/** What becomes of the images of a batch before they are trained on. */
export interface AugmentConfig {
  flip: boolean
  shift: number
  crop?: number | undefined
}

export const augmentSettings: Settings<AugmentConfig> = group<AugmentConfig>({
  flip: setting(onOff(), {
    help: 'Half of the training images are mirrored, left to right, each time they are seen',
    default: false,
  }),
  shift: setting(whole({ min: 0 }), {
    help: 'Training images are moved by up to so many pixels up, down, left and right, zeros coming in',
    default: 0,
  }),
  crop: optionalSetting(whole(), {
    help: 'A square of so many pixels is cut out of training images at random; of all others the middle',
    absent: 'none',
    flag: 'randomCrop',
  }),
})

export const augments = ({ flip, shift, crop }: AugmentConfig): boolean =>
  flip || shift > 0 || crop !== undefined

/** For `augment` of `train`; undefined where images stay as they are. */
export function augmentation(config: AugmentConfig): ((key: Key, batch: DataPair) => DataPair) | undefined {
  if (!augments(config)) return undefined
  const { flip, shift, crop } = config
  return (key, { x, y }) => {
    const moved = flip || shift > 0 ? padCropFlip(x, { key: foldIn(key, 0), padding: shift, flip }) : x
    return { x: crop === undefined ? moved : randomCrop(moved, { key: foldIn(key, 1), size: crop }), y }
  }
}

/**
 * The shape of what a network sees of images [n, height, width, channels].
 *
 * @throws NtkError `config` where the square is larger than they are
 */
export function croppedShape(shape: readonly number[], crop: number | undefined): number[] {
  const [, height = 0, width = 0, channels = 0] = shape
  if (crop === undefined) return [-1, ...shape.slice(1)]
  if (crop <= height && crop <= width) return [-1, crop, crop, channels]
  throw new NtkError('config', {
    what: 'augment.crop (--random-crop) must be no larger than the images.',
    got: `${crop} of ${height} × ${width}`,
    fix: 'Take a smaller square, or larger images: --resize.',
  })
}

/** A network that cuts its input out of the middle of images that are larger. */
export function croppingApply(apply: Apply, crop: number | undefined): Apply {
  return crop === undefined ? apply : (params, x) => apply(params, middleOf(x, crop))
}

function middleOf(x: Tensor, size: number): Tensor {
  const [n = 0, height = 0, width = 0, channels = 0] = x.shape
  if (height === size && width === size) return x
  const [top, left] = [height, width].map((side) => Math.floor((side - size) / 2)) as [number, number]
  return slice(x, [0, n], [top, top + size], [left, left + size], [0, channels])
}

/**
 * Refuses what has no images to augment.
 *
 * @throws NtkError `config`
 */
export function requireImages(
  config: AugmentConfig,
  { table, vectors }: { table: boolean; vectors: boolean },
): void {
  if (!augments(config) || (!table && !vectors)) return
  throw new NtkError('config', {
    what: 'augment (--flip, --shift, --random-crop) is of images.',
    got: table ? 'a table (--table)' : 'a network that takes vectors',
    fix: table ? 'Leave it out.' : 'Begin the network with ["Flatten"], or take another.',
  })
}
