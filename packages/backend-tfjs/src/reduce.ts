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

/** The first NaN, or the first place that equals the extremum: kernels differ in which of equal ones they take. */
function argument(best: AxesOp): TfRule<1, ReduceParams['argMax']> {
  return {
    dtypes: numbers,
    kernels: ['NotEqual', 'Equal', 'LogicalOr', 'Select', 'Cast', 'Min', 'Max', 'Range', 'Tile'],
    run: (tf, [x], { axis }) => [firstEqual(tf, x, best(tf, x, [axis]), axis)],
  }
}

/** The first place along an axis that holds `value`, or NaN. */
function firstEqual(tf: Tf, x: TfTensor, value: TfTensor, axis: number): TfTensor {
  const [n, shape] = [x.shape[axis] as number, x.shape]
  const along = (size: number): number[] => shape.map((d, i) => (i === axis ? size : d))
  const line = tf.reshape(
    tf.range(0, n),
    shape.map((_, i) => (i === axis ? n : 1)),
  )
  const [places, flat] = [tf.reshape(broadcast(tf, line, shape), [x.size]), tf.reshape(x, [x.size])]
  const wanted = tf.reshape(broadcast(tf, tf.reshape(value, along(1)), shape), [x.size])
  const found = tf.logicalOr(tf.equal(flat, wanted), tf.notEqual(flat, flat))
  const candidates = tf.where(found, places, filled(tf, { shape: [x.size], dtype: 'float32' }, n))
  return tf.cast(tf.min(tf.reshape(candidates, shape), axis), 'int32')
}

export const reductions: TfTable<keyof ReduceParams> = {
  reduceSum: reduce(['Sum', 'PadV2'], numbers, 0, sumInParts),
  reduceProd: reduce(['Prod'], numbers, 1, (tf, x, axes) => tf.prod(x, axes)),
  reduceMax: reduce(['Max', 'NotEqual', 'Any', 'Select'], numbers, 0, largest),
  reduceMin: reduce(['Min', 'NotEqual', 'Any', 'Select'], numbers, 0, smallest),
  reduceAnd: reduce(['All'], ['bool'], 1, (tf, x, axes) => tf.all(x, axes)),
  reduceOr: reduce(['Any'], ['bool'], 0, (tf, x, axes) => tf.any(x, axes)),
  argMax: argument(largest),
  argMin: argument(smallest),
  cumSum: {
    dtypes: numbers,
    kernels: ['Cumsum', 'Reverse'],
    // the kernels of WebGPU take few axes, and the other direction wrongly
    run: (tf, [x], { axis, reverse }) => {
      const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)]
      const line = tf.reshape(x, [sizeOf(before), x.shape[axis] as number, sizeOf(after)])
      const turned = (t: TfTensor): TfTensor => (reverse && t.size > 0 ? tf.reverse(t, 1) : t)
      return [tf.reshape(turned(tf.cumsum(turned(line), 1)), x.shape)]
    },
  },
  sort,
  argSort,
}
