import { type Aval, type DType, sizeOf, type WindowParams, type WindowParamsRecord } from '@ntk/tensor'
import { larger, largest } from './extremum.js'
import { filled, type Tf, type TfDType, type TfTable, type TfTensor } from './rule.js'
import { padTensor, sliced } from './shaping.js'

/**
 * A window over several axes is a window over each in turn, last axis first, so that the first of equal numbers stays the
 * first in row-major order. Along one axis the operand is padded, and each tap of the window is a slice with steps of it.
 */
interface AxisTaps {
  /** [before, size, after], padding and gaps included. */
  readonly size: number
  readonly low: number
  readonly high: number
  readonly gaps: number
  readonly windows: number
  readonly taps: number
  readonly stride: number
  readonly reach: number
}

function tapsOf(
  x: readonly number[],
  windows: readonly number[],
  axis: number,
  p: WindowParamsRecord,
): AxisTaps {
  const [low, high] = p.padding[axis] as readonly [number, number]
  const [n, gaps] = [x[axis] as number, (p.baseDilation[axis] as number) - 1]
  return {
    size: (n === 0 ? 0 : n + (n - 1) * gaps) + low + high,
    low,
    high,
    gaps,
    windows: windows[axis] as number,
    taps: p.window[axis] as number,
    stride: p.strides[axis] as number,
    reach: p.windowDilation[axis] as number,
  }
}

const isTrivial = (a: AxisTaps): boolean =>
  a.taps === 1 && a.stride === 1 && a.low === 0 && a.high === 0 && a.gaps === 0

/** [before, n, after] with the padding and gaps of the windows, filled by `value`. */
function spread(tf: Tf, x: TfTensor, a: AxisTaps, value: number): TfTensor {
  return padTensor(tf, x, [0, a.low, 0], [0, a.high, 0], [0, a.gaps, 0], value)
}

/** What tap number t of every window reads, of [before, size, after]: [before, windows, after]. */
function tap(tf: Tf, x: TfTensor, { windows, stride, reach }: AxisTaps, t: number): TfTensor {
  const [before, , after] = x.shape as [number, number, number]
  return sliced(tf, x, [0, t * reach, 0], [1, stride, 1], [before, windows, after])
}

/** Runs `f` along every axis that is windowed, on parts as [before, n, after]. */
function alongAxes(
  tf: Tf,
  parts: readonly TfTensor[],
  windows: readonly number[],
  p: WindowParamsRecord,
  f: (parts: readonly TfTensor[], a: AxisTaps) => readonly TfTensor[],
): readonly TfTensor[] {
  let now = parts
  for (let axis = windows.length - 1; axis >= 0; axis--) {
    const shape = (now[0] as TfTensor).shape
    const a = tapsOf(shape, windows, axis, p)
    if (isTrivial(a)) continue
    const [before, after] = [shape.slice(0, axis), shape.slice(axis + 1)]
    const lines = now.map((t) => tf.reshape(t, [sizeOf(before), shape[axis] as number, sizeOf(after)]))
    now = f(lines, a).map((t) => tf.reshape(t, [...before, a.windows, ...after]))
  }
  return now
}

type Reduce = (x: TfTensor, axis: number) => TfTensor

/** Windows of one operand; those that lie side by side without overlap are an axis of their own. */
function folded(
  tf: Tf,
  x: TfTensor,
  windows: readonly number[],
  p: WindowParamsRecord,
  filler: number,
  pair: (a: TfTensor, b: TfTensor) => TfTensor,
  whole: Reduce,
): TfTensor {
  const [result] = alongAxes(tf, [x], windows, p, ([line], a) => {
    const wide = spread(tf, line as TfTensor, a, filler)
    const [before, , after] = wide.shape as [number, number, number]
    const apart = a.reach === 1 && (a.windows === 1 || a.stride === a.taps)
    if (apart && a.windows * a.taps <= a.size) {
      const used = tf.slice(wide, [0, 0, 0], [before, a.windows * a.taps, after])
      return [whole(tf.reshape(used, [before, a.windows, a.taps, after]), 2)]
    }
    let sum = tap(tf, wide, a, 0)
    for (let t = 1; t < a.taps; t++) sum = pair(sum, tap(tf, wide, a, t))
    return [sum]
  })
  return result as TfTensor
}

const lowestOf = (dtype: TfDType): number => (dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY)

const isNaN = (tf: Tf, x: TfTensor): TfTensor => tf.notEqual(x, x)

/** Place in the flat operand of the first maximum of each window; −1 where a window covers nothing. */
function firstMaxima(tf: Tf, x: TfTensor, windows: readonly number[], p: WindowParamsRecord): TfTensor {
  const places = tf.reshape(tf.range(0, x.size, 1, 'int32'), x.shape)
  const zero = tf.scalar(0, 'int32')
  const [, best] = alongAxes(tf, [x, places], windows, p, ([line, at], a) => {
    const wide = spread(tf, line as TfTensor, a, Number.NEGATIVE_INFINITY)
    const wideAt = spread(tf, at as TfTensor, a, -1)
    let [top, where] = [tap(tf, wide, a, 0), tap(tf, wideAt, a, 0)]
    for (let t = 1; t < a.taps; t++) {
      const [v, place] = [tap(tf, wide, a, t), tap(tf, wideAt, a, t)]
      const greater = tf.logicalOr(
        tf.greater(v, top),
        tf.logicalAnd(isNaN(tf, v), tf.logicalNot(isNaN(tf, top))),
      )
      const better = tf.logicalAnd(tf.greaterEqual(place, zero), tf.logicalOr(tf.less(where, zero), greater))
      top = tf.where(better, v, top)
      where = tf.where(better, place, where)
    }
    return [top, where]
  })
  return tf.reshape(best as TfTensor, [sizeOf(windows)])
}

const numbers: readonly DType[] = ['float32', 'int32']
const moves = ['PadV2', 'Slice', 'Reshape']
const choices = [
  'Greater',
  'GreaterEqual',
  'Less',
  'NotEqual',
  'LogicalAnd',
  'LogicalOr',
  'LogicalNot',
  'Select',
]

const nothing = (x: TfTensor, out: Aval): boolean => x.size === 0 || sizeOf(out.shape) === 0

export const windows: TfTable<keyof WindowParams> = {
  windowSum: {
    dtypes: numbers,
    kernels: [...moves, 'Add', 'Sum'],
    run: (tf, [x], p, [out]) => {
      if (nothing(x, out)) return [filled(tf, out, 0)]
      const add = (a: TfTensor, b: TfTensor): TfTensor => tf.add(a, b)
      return [folded(tf, x, out.shape, p, 0, add, (t, axis) => tf.sum(t, axis))]
    },
  },
  windowMax: {
    dtypes: numbers,
    kernels: [...moves, 'Maximum', 'Max', 'NotEqual', 'Any', 'LogicalOr', 'Select', 'Add'],
    run: (tf, [x], p, [out]) => {
      const dtype = x.dtype as TfDType
      if (nothing(x, out)) return [filled(tf, out, lowestOf(dtype))]
      return [
        folded(
          tf,
          x,
          out.shape,
          p,
          lowestOf(dtype),
          (a, b) => larger(tf, a, b),
          (t, axis) => largest(tf, t, [axis]),
        ),
      ]
    },
  },
  windowGatherMax: {
    dtypes: ['float32'],
    kernels: [...moves, ...choices, 'Range', 'GatherV2', 'Maximum'],
    run: (tf, [x, t], p, [out]) => {
      if (nothing(x, out)) return [filled(tf, out, 0)]
      const best = firstMaxima(tf, x, out.shape, p)
      const zero = tf.scalar(0, 'int32')
      const read = tf.gather(tf.reshape(t, [t.size]), tf.maximum(best, zero))
      const some = tf.greaterEqual(best, zero)
      return [tf.reshape(tf.where(some, read, tf.zerosLike(read)), [...out.shape])]
    },
  },
  windowScatterMax: {
    dtypes: ['float32'],
    kernels: [...moves, ...choices, 'Range', 'ScatterNd'],
    run: (tf, [x, ct], p, [out]) => {
      if (nothing(x, out) || ct.size === 0) return [filled(tf, out, 0)]
      const best = firstMaxima(tf, x, ct.shape, p)
      // windows that cover nothing write behind the end
      const places = tf.where(
        tf.less(best, tf.scalar(0, 'int32')),
        tf.fill(best.shape, x.size, 'int32'),
        best,
      )
      const sums = tf.scatterND(tf.reshape(places, [ct.size, 1]), tf.reshape(ct, [ct.size]), [x.size + 1])
      return [tf.reshape(tf.slice(sums, [0], [x.size]), x.shape)]
    },
  },
}
