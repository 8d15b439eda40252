import {
  allocate,
  NtkError,
  reshape,
  showShape,
  type Tensor,
  type TypedArray,
  tensorFromData,
} from '@ntk/tensor'
import { isRecord, requireTensor, requireWord } from '@ntk/tensor/options'

/** What `standardize` subtracts and divides by. */
export interface Statistics {
  /** One number a pixel and channel, one a channel, or one in all; broadcasts against images. */
  readonly mean: Tensor
  /** Same shape, nowhere zero: 1 where the images do not vary. */
  readonly std: Tensor
}

export type StatisticsPer = 'pixel' | 'channel' | 'dataset'

/**
 * Mean and standard deviation (of the population) over a training set, in float64: per pixel [1, h, w, c], per
 * channel [1, 1, 1, c], or of all numbers [1, 1, 1, 1]. `images` may have any rank; the last axis is channels.
 */
export function statistics(images: Tensor, per: StatisticsPer = 'pixel'): Statistics {
  requireTensor(images, 'images')
  requireWord(per, ['pixel', 'channel', 'dataset'], 'per of statistics')
  const { shape } = images
  const n = shape[0]
  if (n === undefined || n === 0 || images.size === 0) {
    throw new NtkError('shape', { what: 'statistics needs at least one image.', got: showShape(shape) })
  }
  const inner = images.size / n
  const channels = shape[shape.length - 1] as number
  const groups = per === 'pixel' ? inner : per === 'channel' ? channels : 1
  const data = images.dataSync()
  const each = data.length / groups
  // Two passes: the naive difference of squares loses digits.
  const mean = new Float64Array(groups)
  for (let i = 0; i < data.length; i++) mean[i % groups]! += (data[i] as number) / each
  const std = new Float64Array(groups)
  for (let i = 0; i < data.length; i++)
    std[i % groups]! += ((data[i] as number) - (mean[i % groups] as number)) ** 2 / each
  // Values that are equal up to rounding do not vary.
  for (let g = 0; g < groups; g++) {
    const s = Math.sqrt(std[g] as number)
    std[g] = s > 1e-12 * Math.max(1, Math.abs(mean[g] as number)) ? s : 1
  }
  const out = shape.map((d, axis) => {
    if (axis === 0) return 1
    return per === 'pixel' || (per === 'channel' && axis === shape.length - 1) ? d : 1
  })
  return { mean: tensorFromData(mean, out, images.backend), std: tensorFromData(std, out, images.backend) }
}

/** (images - mean) / std with the statistics of the training set, also for test images. */
export function standardize(images: Tensor, by: Statistics): Tensor {
  requireTensor(images, 'images')
  const { mean, std } = isRecord(by) ? by : ({} as Partial<Statistics>)
  requireTensor(mean, 'mean of the statistics')
  requireTensor(std, 'std of the statistics')
  const groups = mean.size
  const inner = images.size / Math.max(1, images.shape[0] ?? 1)
  const fits = mean.rank === images.rank && mean.shape.every((d, i) => d === 1 || d === images.shape[i])
  if (!fits || (groups !== 1 && inner % groups !== 0)) {
    throw new NtkError('shape', {
      what: `standardize has statistics of shape ${showShape(mean.shape)}.`,
      got: `images of shape ${showShape(images.shape)}`,
    })
  }
  const [m, s, data] = [mean.dataSync(), std.dataSync(), images.dataSync()]
  const out = likeImages(images)
  // the statistics are walked through by turns of their own: a remainder for each pixel costs more than the arithmetic
  const turn = groups === 1 ? 0 : 1
  const length = groups === 1 ? out.length : groups
  for (let start = 0; start < out.length; start += length) {
    for (let i = start, g = 0; i < start + length; i++, g += turn) {
      out[i] = ((data[i] as number) - (m[g] as number)) / (s[g] as number)
    }
  }
  return tensorFromData(out, images.shape, images.backend)
}

/** Room for numbers made of images: float32 of float32, else float64. */
const likeImages = ({ dtype, size }: Tensor): TypedArray =>
  allocate(dtype === 'float32' ? 'float32' : 'float64', size)

function mapImages(images: Tensor, f: (value: number, index: number) => number): Tensor {
  const data = images.dataSync()
  const out = likeImages(images)
  for (let i = 0; i < out.length; i++) out[i] = f(data[i] as number, i)
  return tensorFromData(out, images.shape, images.backend)
}

export type SampleNorm =
  /** Length sqrt(number of values): inner products divided by it are cosines. */
  | 'length'
  /** Length 1. */
  | 'unit'
  /** Mean 0 and variance 1 of the values of each sample. */
  | 'standard'

/** Each sample by itself; a sample without variation becomes zeros. */
export function normalizeSamples(images: Tensor, how: SampleNorm = 'standard'): Tensor {
  requireTensor(images, 'images')
  requireWord(how, ['length', 'unit', 'standard'], 'how of normalizeSamples')
  const n = images.shape[0] ?? 0
  const inner = n === 0 ? 0 : images.size / n
  const data = images.dataSync()
  const shift = new Float64Array(n)
  const scale = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const sample = data.subarray(i * inner, (i + 1) * inner)
    let sum = 0
    if (how === 'standard') for (const v of sample) sum += v
    const centre = sum / inner
    let squares = 0
    for (const v of sample) squares += (v - centre) ** 2
    const root = Math.sqrt(how === 'unit' ? squares : squares / inner)
    shift[i] = centre
    scale[i] = root > 1e-12 * Math.max(1, Math.abs(centre)) ? 1 / root : 0
  }
  return mapImages(images, (v, i) => {
    const sample = Math.floor(i / inner)
    return (v - (shift[sample] as number)) * (scale[sample] as number)
  })
}

/** [n, h, w, c] to [n, h w c]. */
export function flatten(images: Tensor): Tensor {
  requireTensor(images, 'images')
  const n = images.shape[0]
  if (n === undefined) throw new NtkError('shape', { what: 'flatten needs a batch axis.', got: 'a scalar' })
  return reshape(images, [n, n === 0 ? images.shape.slice(1).reduce((a, b) => a * b, 1) : images.size / n])
}
