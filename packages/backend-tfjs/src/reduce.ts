import { type DType, type ReduceParams, sizeOf } from '@ntk/tensor'
import { broadcast } from './broadcast.js'
import { type AxesOp, largest, smallest } from './extremum.js'
import { filled, type Tf, type TfRule, type TfTable, type TfTensor } from './rule.js'
import { argSort, sort } from './sort.js'

type Reduce = TfRule<1, ReduceParams['reduceSum']>

const numbers: readonly DType[] = ['float32', 'int32']

/** `empty` is the result over no elements, which kernels do not take. */
function reduce(
  kernels: readonly string[],
  dtypes: readonly DType[],
  empty: number,
  f: (tf: Tf, x: TfTensor, axes: number[]) => TfTensor,
): Reduce {
  return {
    dtypes,
    kernels,
    run: (tf, [x], { axes }, [out]) => {
      if (x.size === 0 && sizeOf(out.shape) > 0) return [filled(tf, out, empty)]
      return [axes.length === 0 ? x : f(tf, x, [...axes])]
    },
  }
}

/** From here on a sum is made of sums: kernels add one after the other in float32, and lose a digit in every thousand terms. */
const longSum = 256

/** A long sum over neighbouring axes as √n sums of √n each. */
function sumInParts(tf: Tf, x: TfTensor, axes: number[]): TfTensor {
  const first = axes[0] as number
  const n = sizeOf(axes.map((axis) => x.shape[axis] as number))
  const neighbours = axes.every((axis, i) => axis === first + i)
  if (x.dtype !== 'float32' || n < longSum || !neighbours) return tf.sum(x, axes)
  const [before, after] = [x.shape.slice(0, first), x.shape.slice(first + axes.length)]
  const part = Math.ceil(Math.sqrt(n))
  const parts = Math.ceil(n / part)
  const line = tf.reshape(x, [sizeOf(before), n, sizeOf(after)])
  const widths: [number, number][] = [
    [0, 0],
    [0, parts * part - n],
    [0, 0],
  ]
  const whole = parts * part === n ? line : tf.pad(line, widths)
  const sums = tf.sum(tf.reshape(whole, [sizeOf(before), parts, part, sizeOf(after)]), 2)
  return tf.reshape(tf.sum(sums, 1), [...before, ...after])
}

/** The first NaN, or the first extremum; of int32 the first place that equals it, for the kernels count in float32. */
function argument(
  f: (tf: Tf, x: TfTensor, axis: number) => TfTensor,
  best: AxesOp,
  worst: number,
): TfRule<1, ReduceParams['argMax']> {
  return {
    dtypes: numbers,
    kernels: [
      'ArgMax',
      'ArgMin',
      'NotEqual',
      'Equal',
      'Any',
      'Select',
      'Cast',
      'Min',
      'Max',
      'Range',
      'Tile',
    ],
    run: (tf, [x], { axis }) => {
      if (x.dtype === 'int32') return [firstEqual(tf, x, best(tf, x, [axis]), axis)]
      const isNaN = tf.notEqual(x, x)
      const clean = tf.where(isNaN, tf.fill(x.shape, worst), x)
      return [tf.where(tf.any(isNaN, axis), tf.argMax(tf.cast(isNaN, 'float32'), axis), f(tf, clean, axis))]
    },
  }
}

/** The first place along an axis that holds `value`. */
function firstEqual(tf: Tf, x: TfTensor, value: TfTensor, axis: number): TfTensor {
  const [n, shape] = [x.shape[axis] as number, x.shape]
  const along = (size: number): number[] => shape.map((d, i) => (i === axis ? size : d))
  const line = tf.reshape(
    tf.range(0, n, 1, 'int32'),
    shape.map((_, i) => (i === axis ? n : 1)),
  )
  const places = broadcast(tf, line, shape)
  const [wanted, flat] = [broadcast(tf, tf.reshape(value, along(1)), shape), [x.size]]
  const equal = tf.equal(tf.reshape(x, flat), tf.reshape(wanted, flat))
  const candidates = tf.where(equal, tf.reshape(places, flat), tf.fill(flat, n, 'int32'))
  return tf.min(tf.reshape(candidates, shape), axis)
}

export const reductions: TfTable<keyof ReduceParams> = {
  reduceSum: reduce(['Sum', 'PadV2'], numbers, 0, sumInParts),
  reduceProd: reduce(['Prod'], numbers, 1, (tf, x, axes) => tf.prod(x, axes)),
  reduceMax: reduce(['Max', 'NotEqual', 'Any', 'Select'], numbers, 0, largest),
  reduceMin: reduce(['Min', 'NotEqual', 'Any', 'Select'], numbers, 0, smallest),
  reduceAnd: reduce(['All'], ['bool'], 1, (tf, x, axes) => tf.all(x, axes)),
  reduceOr: reduce(['Any'], ['bool'], 0, (tf, x, axes) => tf.any(x, axes)),
  argMax: argument((tf, x, axis) => tf.argMax(x, axis), largest, Number.NEGATIVE_INFINITY),
  argMin: argument((tf, x, axis) => tf.argMin(x, axis), smallest, Number.POSITIVE_INFINITY),
  cumSum: {
    dtypes: numbers,
    kernels: ['Cumsum'],
    run: (tf, [x], { axis, reverse }) => [tf.cumsum(x, axis, false, reverse)],
  },
  sort,
  argSort,
}
