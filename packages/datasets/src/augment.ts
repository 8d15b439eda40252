import { foldIn, type Key, NtkError, randomBits, showShape, type Tensor, tensorFromData } from '@ntk/tensor'
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
  const from = images.dataSync()
  const out = images.dtype === 'float32' ? new Float32Array(from.length) : new Float64Array(from.length)
  const places = 2 * padding + 1
  for (let i = 0; i < n; i++) {
    const [a = 0, b = 0, c = 0] = randomBits(foldIn(key, i), [3])
    // A remainder of 32 bits is uneven by less than places / 2^32.
    const down = (a % places) - padding
    const right = (b % places) - padding
    const mirrored = flip && c % 2 === 1
    for (let y = 0; y < height; y++) {
      const fromY = y + down
      if (fromY < 0 || fromY >= height) continue
      for (let x = 0; x < width; x++) {
        const fromX = (mirrored ? width - 1 - x : x) + right
        if (fromX < 0 || fromX >= width) continue
        const at = ((i * height + fromY) * width + fromX) * channels
        const to = ((i * height + y) * width + x) * channels
        for (let k = 0; k < channels; k++) out[to + k] = from[at + k] as number
      }
    }
  }
  return tensorFromData(out, images.shape, images.backend)
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
  const from = images.dataSync()
  const count = n * size * size * channels
  const out = images.dtype === 'float32' ? new Float32Array(count) : new Float64Array(count)
  const line = size * channels
  for (let i = 0; i < n; i++) {
    const [a = 0, b = 0] = randomBits(foldIn(key, i), [2])
    const top = a % (height - size + 1)
    const left = b % (width - size + 1)
    for (let y = 0; y < size; y++) {
      const at = ((i * height + top + y) * width + left) * channels
      out.set(from.subarray(at, at + line), (i * size + y) * line)
    }
  }
  return tensorFromData(out, [n, size, size, channels], images.backend)
}

/** Images [n, h, w, c] mirrored left to right. */
export function flipImages(images: Tensor): Tensor {
  const [n, height, width, channels] = sizes('flipImages', images)
  const from = images.dataSync()
  const out = images.dtype === 'float32' ? new Float32Array(from.length) : new Float64Array(from.length)
  for (let row = 0; row < n * height; row++)
    for (let x = 0; x < width; x++)
      for (let k = 0; k < channels; k++)
        out[(row * width + x) * channels + k] = from[(row * width + width - 1 - x) * channels + k] as number
  return tensorFromData(out, images.shape, images.backend)
}

function sizes(name: string, images: Tensor): [number, number, number, number] {
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
