import { type DType, type ReduceParams, sizeOf } from '@ntk/tensor'
import { filled, type Tf, type TfRule, type TfTable, type TfTensor } from './rule.js'

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

/** A NaN wins, whatever the device's own reduction does with it. */
function extremum(f: (tf: Tf, x: TfTensor, axes: number[]) => TfTensor) {
  return (tf: Tf, x: TfTensor, axes: number[]): TfTensor => {
    const best = f(tf, x, axes)
    if (x.dtype !== 'float32') return best
    const anyNaN = tf.any(tf.notEqual(x, x), axes)
    return tf.where(anyNaN, tf.fill(best.shape, Number.NaN), best)
  }
}

/** The first NaN, or the first extremum. */
function argument(
  f: (tf: Tf, x: TfTensor, axis: number) => TfTensor,
  worst: number,
): TfRule<1, ReduceParams['argMax']> {
  return {
    dtypes: ['float32'],
    kernels: ['ArgMax', 'ArgMin', 'NotEqual', 'Any', 'Select', 'Cast'],
    run: (tf, [x], { axis }) => {
      const isNaN = tf.notEqual(x, x)
      const clean = tf.where(isNaN, tf.fill(x.shape, worst), x)
      return [tf.where(tf.any(isNaN, axis), tf.argMax(tf.cast(isNaN, 'float32'), axis), f(tf, clean, axis))]
    },
  }
}

export const reductions: TfTable<keyof ReduceParams> = {
  reduceSum: reduce(['Sum'], numbers, 0, (tf, x, axes) => tf.sum(x, axes)),
  reduceProd: reduce(['Prod'], numbers, 1, (tf, x, axes) => tf.prod(x, axes)),
  reduceMax: reduce(
    ['Max', 'NotEqual', 'Any', 'Select'],
    numbers,
    0,
    extremum((tf, x, axes) => tf.max(x, axes)),
  ),
  reduceMin: reduce(
    ['Min', 'NotEqual', 'Any', 'Select'],
    numbers,
    0,
    extremum((tf, x, axes) => tf.min(x, axes)),
  ),
  reduceAnd: reduce(['All'], ['bool'], 1, (tf, x, axes) => tf.all(x, axes)),
  reduceOr: reduce(['Any'], ['bool'], 0, (tf, x, axes) => tf.any(x, axes)),
  argMax: argument((tf, x, axis) => tf.argMax(x, axis), Number.NEGATIVE_INFINITY),
  argMin: argument((tf, x, axis) => tf.argMin(x, axis), Number.POSITIVE_INFINITY),
  cumSum: {
    dtypes: numbers,
    kernels: ['Cumsum'],
    run: (tf, [x], { axis, reverse }) => [tf.cumsum(x, axis, false, reverse)],
  },
  // tfjs sorts by top-k, whose order among equal numbers and NaN differs from device to device
  sort: null,
  argSort: null,
}
