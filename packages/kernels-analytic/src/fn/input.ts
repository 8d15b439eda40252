import { type FloatDType, NtkError, type Shape, showShape, type Tensor } from '@ntk/tensor'
import { requireTensor } from '@ntk/tensor/options'
import { type InputMask, takePadding } from './masks.js'
import { lengthsAndPlaces } from './parallel.js'

/** How the positions of the inputs are looked at; vectors have one position. */
export type Layout = 'vector' | 'diagonal' | 'full'

/**
 * One set of inputs on the host, in float64: `positions` matrices [n, channels] one after the other ('vector',
 * 'diagonal'), or samples as they are, [n, positions, channels] ('full').
 */
export interface InputSet {
  readonly data: Float64Array
  readonly n: number
  readonly positions: number
  readonly channels: number
  readonly layout: Layout
  /** Of the tensor it came from. */
  readonly shape: Shape
  /** Squared length of every position, and K of it with itself (that over the channels): laid out as `data` without channels. */
  readonly square: Float64Array
  readonly variance: Float64Array
  /** Where every position is on a line on which parallel ones meet. */
  readonly place: Float64Array
  /** Null where nobody said what padding is. */
  readonly mask: InputMask | null
}

/** Throws unless `x` is a non-empty set of float samples [n, spatial..., channels]. */
export function checkInput(x: Tensor, name: string): void {
  requireTensor(x, `${name} of a kernel`)
  if (x.shape.length < 2) {
    throw new NtkError('shape', {
      what: `A kernel needs ${name} of shape [n, features] or [n, spatial..., channels].`,
      got: showShape(x.shape),
      fix: 'One sample is [1, features].',
    })
  }
  if (x.shape.some((d) => d === 0)) {
    throw new NtkError('value', {
      what: `A kernel needs samples and features in ${name}.`,
      got: showShape(x.shape),
    })
  }
  if (x.dtype !== 'float64' && x.dtype !== 'float32') {
    throw new NtkError('dtype', {
      what: `A kernel needs ${name} in float64 or float32.`,
      got: x.dtype,
      fix: "Convert with cast(x, 'float64').",
    })
  }
}

/** Throws NtkError 'not-finite' naming the first sample that holds NaN or infinity. */
function checkFinite(data: Float64Array, n: number, name: string): void {
  const width = data.length / n
  for (let i = 0; i < data.length; i++) {
    const v = data[i] as number
    if (v - v !== 0) {
      throw new NtkError('not-finite', {
        what: `A kernel needs finite inputs.`,
        got: `${v} in sample ${Math.floor(i / width)} of ${name}`,
        fix: 'Remove or repair the sample; look for constant features if the data were normalized.',
      })
    }
  }
}

/** Squares of numbers below it lose digits, or are 0. */
const smallestSquare = 2 ** -1020

/**
 * Throws NtkError 'not-finite' naming the first sample, not zero, whose squares are too small for float64: the kernel would be 0 whatever
 * the weights. A position that dark among others is not seen beside them.
 */
function checkTiny(
  data: Float64Array,
  square: Float64Array,
  {
    n,
    positions,
    channels,
    layout,
    name,
  }: Pick<InputSet, 'n' | 'positions' | 'channels' | 'layout'> & { name: string },
): void {
  const stride = layout === 'full' ? 1 : n
  for (let i = 0; i < n; i++) {
    const first = layout === 'full' ? i * positions : i
    let [length, nonzero] = [0, false]
    for (let p = 0; p < positions; p++) length += square[first + p * stride] as number
    if (length >= smallestSquare * channels * positions) continue
    for (let p = 0; p < positions; p++) {
      const at = (first + p * stride) * channels
      nonzero ||= data.subarray(at, at + channels).some((v) => v !== 0)
    }
    if (!nonzero) continue
    throw new NtkError('not-finite', {
      what: 'A kernel needs inputs whose squares float64 can hold (from 2.2e-308), or zeros.',
      got: `sample ${i} of ${name}, with smaller numbers`,
      fix: 'Scale the inputs up, or set them to 0.',
    })
  }
}

/** Reads a set to the host once a call: checks it, converts to float64, brings positions to where the layout wants them. */
export async function readInput(
  x: Tensor,
  name: string,
  layout: Layout,
  maskConstant?: number | undefined,
): Promise<InputSet> {
  const read = await x.data()
  const given = read instanceof Float64Array ? read : Float64Array.from(read)
  const n = x.shape[0] as number
  const channels = x.shape.at(-1) as number
  const positions = given.length / n / channels
  const [raw, mask] =
    maskConstant === undefined
      ? [given, null]
      : takePadding(given, channels, positions, maskConstant, x.dtype as FloatDType)
  const data = layout === 'diagonal' && positions > 1 ? positionsFirst(raw, n, positions, channels) : raw
  const { square, place } = lengthsAndPlaces(data, channels)
  // Nothing that is not finite is lost in a square.
  if (!square.every(Number.isFinite)) {
    checkFinite(raw, n, name)
    throw new NtkError('not-finite', {
      what: `A kernel needs inputs whose squares float64 can hold (up to 1.8e308).`,
      got: `sample ${Math.floor(square.findIndex((s) => !Number.isFinite(s)) / positions)} of ${name}, with larger numbers`,
      fix: 'Scale the inputs down.',
    })
  }
  checkTiny(data, square, { n, positions, channels, layout, name })
  const variance = square.map((s) => s / channels)
  return { data, n, positions, channels, layout, shape: x.shape, square, variance, place, mask }
}

function positionsFirst(raw: Float64Array, n: number, positions: number, channels: number): Float64Array {
  const out = new Float64Array(raw.length)
  for (let i = 0; i < n; i++) {
    for (let p = 0; p < positions; p++) {
      const from = (i * positions + p) * channels
      out.set(raw.subarray(from, from + channels), (p * n + i) * channels)
    }
  }
  return out
}
