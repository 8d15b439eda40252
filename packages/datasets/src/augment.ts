import {
  concatenate,
  foldIn,
  type Key,
  NtkError,
  randomBits,
  reshape,
  showShape,
  type Tensor,
  take,
  tensorFromData,
  zeros,
} from '@ntk/tensor'
import {
  aKey,
  boolean,
  nonNegativeInteger,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireTensor,
} from '@ntk/tensor/options'

export interface PadCropFlipOptions {
  readonly key: Key
  /** Pixels of zeros on each side before the image is cut out again, 4 unless given. */
  readonly padding?: number | undefined
  /** Whether half of the images are mirrored, left to right; true unless given. */
  readonly flip?: boolean | undefined
}

const rules = {
  key: aKey(),
  padding: nonNegativeInteger(4),
  flip: boolean(true),
} satisfies RulesFor<PadCropFlipOptions>

/**
 * Images [n, h, w, c] moved by up to `padding` pixels up, down, left and right, zeros coming in, and half of them mirrored: the usual
 * augmentation of CIFAR-10 (Lee et al. 2015; He et al. 2016). What becomes of image i depends on it, the key and i only.
 */
export function padCropFlip(images: Tensor, options: PadCropFlipOptions): Tensor {
  const { key, padding, flip } = readOptions('padCropFlip', rules, options)
  const [n, height, width, channels] = sizes('padCropFlip', images)
  const from = new Int32Array(n * height * width)
  const places = 2 * padding + 1
  for (let i = 0; i < n; i++) {
    const [a = 0, b = 0, c = 0] = randomBits(foldIn(key, i), [3])
    // A remainder of 32 bits is uneven by less than places / 2^32.
    const down = (a % places) - padding
    const right = (b % places) - padding
    const mirrored = flip && c % 2 === 1
    for (let y = 0; y < height; y++) {
      const fromY = y + down
      for (let x = 0; x < width; x++) {
        const fromX = (mirrored ? width - 1 - x : x) + right
        const inside = fromY >= 0 && fromY < height && fromX >= 0 && fromX < width
        from[(i * height + y) * width + x] = inside ? (i * height + fromY) * width + fromX : outside
      }
    }
  }
  return pixels(images, from, [n, height, width, channels])
}

export interface RandomCropOptions {
  readonly key: Key
  /** Side of the square in pixels. */
  readonly size: number
}

const cropRules = { key: aKey(), size: positiveInteger() } satisfies RulesFor<RandomCropOptions>

/**
 * A square of each of the images [n, h, w, c], at a place that is drawn evenly: [n, size, size, c] (Krizhevsky et al. 2012, Section 4.1). Where it
 * is in image i depends on the key and i only. Throws NtkError 'shape' where images are smaller.
 */
export function randomCrop(images: Tensor, options: RandomCropOptions): Tensor {
  const { key, size } = readOptions('randomCrop', cropRules, options)
  const [n, height, width, channels] = sizes('randomCrop', images)
  if (height < size || width < size) {
    throw new NtkError('shape', {
      what: `randomCrop needs images of at least ${size} × ${size} pixels.`,
      got: showShape(images.shape),
    })
  }
  const from = new Int32Array(n * size * size)
  for (let i = 0; i < n; i++) {
    const [a = 0, b = 0] = randomBits(foldIn(key, i), [2])
    const top = a % (height - size + 1)
    const left = b % (width - size + 1)
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        from[(i * size + y) * size + x] = (i * height + top + y) * width + left + x
      }
    }
  }
  return pixels(images, from, [n, size, size, channels])
}

/** Images [n, h, w, c] mirrored left to right. */
export function flipImages(images: Tensor): Tensor {
  const [n, height, width, channels] = sizes('flipImages', images)
  const from = Int32Array.from({ length: n * height * width }, (_, pixel) => {
    const x = pixel % width
    return pixel - x + width - 1 - x
  })
  return pixels(images, from, [n, height, width, channels])
}

/** In place of a pixel, where there is none and zeros come in. */
const outside = -1

type Sizes = readonly [n: number, height: number, width: number, channels: number]

/** Images of so many pixels, each that of `images` [n, h, w, c] at a place, counted through all of them. A device need not be read for it. */
function pixels(images: Tensor, from: Int32Array, shape: Sizes): Tensor {
  const channels = shape[3]
  const all = images.size / channels
  const { backend } = images
  if (!backend.collected) {
    const rows = reshape(images, [all, channels])
    const padded = concatenate([rows, zeros([1, channels], images.dtype)], 0)
    const places = from.map((place) => (place === outside ? all : place))
    return reshape(take(padded, tensorFromData(places, [places.length], backend)), shape)
  }
  const data = images.dataSync()
  const count = from.length * channels
  const out = images.dtype === 'float32' ? new Float32Array(count) : new Float64Array(count)
  from.forEach((place, pixel) => {
    if (place === outside) return
    for (let k = 0; k < channels; k++) out[pixel * channels + k] = data[place * channels + k] as number
  })
  return tensorFromData(out, shape, backend)
}

function sizes(name: string, images: Tensor): Sizes {
  requireTensor(images, 'images')
  const [n, height, width, channels] = images.shape
  if (
    images.rank !== 4 ||
    n === undefined ||
    height === undefined ||
    width === undefined ||
    channels === undefined
  ) {
    throw new NtkError('shape', {
      what: `${name} needs images of shape [n, height, width, channels].`,
      got: showShape(images.shape),
    })
  }
  return [n, height, width, channels]
}
