import { NtkError, showShape, sizeOf, type Tensor, tensorFromData } from '@ntk/tensor'
import { requireInteger, requireList, requireTensor, show } from '@ntk/tensor/options'

/** The shorter side in pixels, where the other follows, rounded down; or height and width. */
export type ImageSize = number | readonly [height: number, width: number]

/** What a pixel of the result takes of one line of the image: weights that sum to 1 from `start` on. */
interface Taps {
  readonly start: number
  readonly weights: Float64Array
}

/**
 * Images [n, height, width, channels] of another size, by antialiased bilinear interpolation: a triangle of half-width max(1, scale) pixels
 * about each pixel's centre, cut off at the edges and normalized, along rows and then along columns, in float64. These are the weights of
 * Pillow's BILINEAR and of torchvision's `antialias=True`, which round to bytes in between where images are bytes.
 * Throws NtkError 'shape', and 'value' on what is no size.
 */
export function resizeImages(images: Tensor, size: ImageSize): Tensor {
  const [n, h, w, channels] = shapeOf(images, 'resizeImages')
  const [outH, outW] = sizeFor(h, w, size)
  const rows = Array.from({ length: outH }, (_, i) => tapsOf(i, h, outH))
  const columns = Array.from({ length: outW }, (_, i) => tapsOf(i, w, outW))
  const from = images.dataSync()
  const across = new Float64Array(n * h * outW * channels)
  // n·h lines of w pixels
  for (let line = 0; line < n * h; line++) {
    columns.forEach(({ start, weights }, x) => {
      for (let t = 0; t < weights.length; t++) {
        const at = (line * w + start + t) * channels
        const to = (line * outW + x) * channels
        for (let c = 0; c < channels; c++)
          across[to + c] = (across[to + c] as number) + (weights[t] as number) * (from[at + c] as number)
      }
    })
  }
  const stride = outW * channels
  const out = new Float64Array(n * outH * stride)
  for (let image = 0; image < n; image++) {
    rows.forEach(({ start, weights }, y) => {
      const to = (image * outH + y) * stride
      for (let t = 0; t < weights.length; t++) {
        const at = (image * h + start + t) * stride
        for (let i = 0; i < stride; i++)
          out[to + i] = (out[to + i] as number) + (weights[t] as number) * (across[at + i] as number)
      }
    })
  }
  return tensorFromData(out, [n, outH, outW, channels], images.backend)
}

function sizeFor(h: number, w: number, size: ImageSize): readonly [number, number] {
  if (typeof size === 'number') {
    requireInteger(size, 'The shorter side of resizeImages', 1)
    const other = (long: number, short: number): number => Math.floor((long * size) / short)
    return h <= w ? [size, other(w, h)] : [other(h, w), size]
  }
  requireList(size, 'The size of resizeImages')
  if (size.length !== 2) {
    throw new NtkError('value', {
      what: 'resizeImages needs the shorter side, or [height, width].',
      got: show(size),
      fix: 'Write 256, or [224, 224].',
    })
  }
  requireInteger(size[0], 'The height of resizeImages', 1)
  requireInteger(size[1], 'The width of resizeImages', 1)
  return size
}

/** Pixel i of `to` from pixels of `from`, whose centres lie at halves. */
function tapsOf(i: number, from: number, to: number): Taps {
  const scale = from / to
  const reach = Math.max(1, scale)
  const centre = (i + 0.5) * scale
  const start = Math.max(0, Math.floor(centre - reach + 0.5))
  const stop = Math.min(from, Math.floor(centre + reach + 0.5))
  const weights = Float64Array.from({ length: stop - start }, (_, t) =>
    Math.max(0, 1 - Math.abs(start + t + 0.5 - centre) / reach),
  )
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return { start, weights: weights.map((weight) => weight / total) }
}

/** The square in the middle of images [n, height, width, channels]; of an odd border the larger part is cut below and to the right. Throws NtkError 'shape' where an image is smaller. */
export function centreCrop(images: Tensor, size: number): Tensor {
  const [n, h, w, channels] = shapeOf(images, 'centreCrop')
  requireInteger(size, 'The size of centreCrop', 1)
  if (size > h || size > w) {
    throw new NtkError('shape', {
      what: `centreCrop to ${size} pixels needs images that are as large.`,
      got: `${h} × ${w}`,
      fix: 'Resize them first, or take a smaller square.',
    })
  }
  const [top, left] = [Math.floor((h - size) / 2), Math.floor((w - size) / 2)]
  const from = images.dataSync()
  const line = size * channels
  const out = new Float64Array(n * size * line)
  for (let image = 0; image < n; image++)
    for (let y = 0; y < size; y++) {
      const at = ((image * h + top + y) * w + left) * channels
      out.set(from.subarray(at, at + line), (image * size + y) * line)
    }
  return tensorFromData(out, [n, size, size, channels], images.backend)
}

function shapeOf(images: Tensor, owner: string): [number, number, number, number] {
  requireTensor(images, `images of ${owner}`)
  const [n = 0, h = 0, w = 0, channels = 0] = images.shape
  if (images.rank === 4 && (n === 0 || sizeOf(images.shape) > 0)) return [n, h, w, channels]
  throw new NtkError('shape', {
    what: `${owner} needs images [n, height, width, channels].`,
    got: showShape(images.shape),
  })
}
