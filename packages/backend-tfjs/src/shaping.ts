import { type Aval, type DType, NtkError, type ShapeParams, sizeOf } from '@ntk/tensor'
import type * as TfCore from '@tensorflow/tfjs-core'
import { broadcast } from './broadcast.js'
import { checkIndices, markOutside } from './indices.js'
import { canBlock, filled, type Tf, type TfDType, type TfRun, type TfTable, type TfTensor } from './rule.js'
import { transpose } from './transpose.js'

const all: readonly DType[] = ['float32', 'int32', 'bool']

/** x with `gaps` fillers between its elements along one axis, by padding a new axis behind it. */
function dilate(tf: Tf, x: TfTensor, axis: number, gaps: number, value: number): TfTensor {
  const shape = x.shape
  const n = shape[axis] as number
  if (gaps === 0 || n < 2) return x
  const [before, after] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))]
  const wide = tf.pad(
    tf.reshape(x, [before * n, 1, after]),
    [
      [0, 0],
      [0, gaps],
      [0, 0],
    ],
    value,
  )
  const size = n + (n - 1) * gaps
  const cut = tf.slice(tf.reshape(wide, [before, n * (1 + gaps), after]), [0, 0, 0], [before, size, after])
  return tf.reshape(cut, [...shape.slice(0, axis), size, ...shape.slice(axis + 1)])
}

/** The `pad` primitive: negative widths crop, `interior` puts gaps between elements. */
export function padTensor(
  tf: Tf,
  x: TfTensor,
  low: readonly number[],
  high: readonly number[],
  interior: readonly number[],
  value: number,
): TfTensor {
  let t = x
  interior.forEach((gaps, axis) => {
    t = dilate(tf, t, axis, gaps, value)
  })
  if (low.some((v) => v < 0) || high.some((v) => v < 0)) {
    const begin = low.map((v) => Math.max(0, -v))
    const size = t.shape.map((d, a) => d - (begin[a] as number) - Math.max(0, -(high[a] as number)))
    // cropping more than there is leaves fillers of the other side
    if (size.some((s) => s <= 0))
      return tf.fill(
        t.shape.map((d, a) => d + (low[a] as number) + (high[a] as number)),
        value,
        t.dtype as TfDType,
      )
    t = tf.slice(t, begin, size)
  }
  const widths = low.map((v, a): [number, number] => [Math.max(0, v), Math.max(0, high[a] as number)])
  return widths.every(([l, h]) => l === 0 && h === 0) ? t : tf.pad(t, widths, value)
}

/** A slice with steps: of each block of `step` elements the first. */
export function sliced(
  tf: Tf,
  x: TfTensor,
  start: readonly number[],
  strides: readonly number[],
  shape: readonly number[],
): TfTensor {
  let t = x
  strides.forEach((step, axis) => {
    const [n, count, first] = [t.shape[axis] as number, shape[axis] as number, start[axis] as number]
    if (first === 0 && count === n && step === 1) return
    const [before, after] = [sizeOf(t.shape.slice(0, axis)), sizeOf(t.shape.slice(axis + 1))]
    const size = Math.min(count * step, n - first)
    let cut = tf.slice(tf.reshape(t, [before, n, after]), [0, first, 0], [before, size, after])
    if (step > 1) {
      const whole = tf.pad(cut, [
        [0, 0],
        [0, count * step - size],
        [0, 0],
      ])
      cut = tf.slice(tf.reshape(whole, [before, count, step * after]), [0, 0, 0], [before, count, after])
    }
    t = tf.reshape(cut, [...t.shape.slice(0, axis), count, ...t.shape.slice(axis + 1)])
  })
  return t
}

type Move<T> = (tf: Tf, x: TfTensor, params: T, out: Aval) => TfTensor

/** Moves bools as int32: several WebAssembly kernels of tfjs take them for words and write past their end. */
function moving<T extends object>(f: Move<T>): TfRun<1, T> {
  return (tf, [x], params, [out]) => {
    if (x.rank === 0 && out.shape.length === 0) return [x]
    if (x.dtype !== 'bool') return [f(tf, x, params, out)]
    return [tf.notEqual(f(tf, tf.cast(x, 'int32'), params, out), tf.scalar(0, 'int32'))]
  }
}

/** x [batch, between, n, after], of which `count` places a batch are read. */
interface Rows {
  readonly batch: number
  readonly between: number
  readonly n: number
  readonly after: number
  readonly count: number
}

function rowsOf(x: TfTensor, indices: TfTensor, axis: number, batchDims: number): Rows {
  const batch = sizeOf(x.shape.slice(0, batchDims))
  return {
    batch,
    between: sizeOf(x.shape.slice(batchDims, axis)),
    n: x.shape[axis] as number,
    after: sizeOf(x.shape.slice(axis + 1)),
    count: batch === 0 ? 0 : indices.size / batch,
  }
}

/** [batch, between, k, after] as [batch · k, between · after], and back. */
function toRows(tf: Tf, x: TfTensor, { batch, between, after }: Rows, k: number): TfTensor {
  const parts = tf.reshape(x, [batch, between, k, after])
  return tf.reshape(between === 1 ? parts : transpose(tf, parts, [0, 2, 1, 3]), [batch * k, between * after])
}

function fromRows(tf: Tf, rows: TfTensor, { batch, between, after }: Rows, k: number): TfTensor {
  const parts = tf.reshape(rows, [batch, k, between, after])
  return between === 1 ? parts : transpose(tf, parts, [0, 2, 1, 3])
}

/** Row numbers [batch · count]: tfjs' own batched gather reads the first batch for all. */
function flatPlaces(tf: Tf, indices: TfTensor, { batch, n, count }: Rows): TfCore.Tensor1D {
  if (batch * n > 2 ** 24 && !canBlock(tf)) {
    throw new NtkError('unsupported', {
      what: 'WebGPU counts rows to 2^24.',
      got: `${batch * n} rows`,
      fix: 'Use the CPU backend, or parts of the tensor.',
    })
  }
  const first = tf.reshape(tf.mul(tf.range(0, batch, 1, 'int32'), tf.scalar(n, 'int32')), [batch, 1])
  return tf.reshape(tf.add(tf.reshape(indices, [batch, count]), first), [batch * count])
}

export const shaping: TfTable<keyof ShapeParams> = {
  reshape: {
    dtypes: all,
    kernels: ['Reshape'],
    run: (tf, [x], { shape }) => [tf.reshape(x, [...shape])],
  },
  transpose: {
    dtypes: all,
    kernels: ['Transpose'],
    run: moving((tf, t, { perm }: ShapeParams['transpose']) =>
      perm.length < 2 ? t : transpose(tf, t, perm),
    ),
  },
  broadcastTo: {
    dtypes: all,
    kernels: ['Tile'],
    run: moving((tf, t, { shape }: ShapeParams['broadcastTo']) => broadcast(tf, t, shape)),
  },
  slice: {
    dtypes: all,
    kernels: ['Slice', 'PadV2'],
    run: moving((tf, t, { start, strides }: ShapeParams['slice'], { shape }) =>
      sliced(tf, t, start, strides, shape),
    ),
  },
  pad: {
    dtypes: all,
    kernels: ['PadV2', 'Slice', 'Reshape'],
    run: moving((tf, t, { low, high, interior, value }: ShapeParams['pad'], out) =>
      t.size === 0
        ? filled(tf, { shape: out.shape, dtype: t.dtype as TfDType }, value)
        : padTensor(tf, t, low, high, interior, value),
    ),
  },
  concatenate: {
    dtypes: all,
    kernels: ['Concat'],
    run: (tf, inputs, { axis }) => {
      const some = inputs.filter((t) => t.size > 0)
      const first = some[0] as TfTensor
      if (some.length === 1) return [first]
      if (first.dtype !== 'bool') return [tf.concat([...some], axis)]
      const words = tf.concat(
        some.map((t) => tf.cast(t, 'int32')),
        axis,
      )
      return [tf.notEqual(words, tf.scalar(0, 'int32'))]
    },
  },
  reverse: {
    dtypes: all,
    kernels: ['Reverse'],
    run: moving((tf, t, { axes }: ShapeParams['reverse']) =>
      axes.length === 0 ? t : tf.reverse(t, [...axes]),
    ),
  },
  iota: {
    dtypes: ['float32', 'int32'],
    kernels: ['Range', 'Tile'],
    run: (tf, _, { dtype, shape, axis }) => {
      const line = tf.range(0, shape[axis] as number, 1, dtype as 'float32' | 'int32')
      const column = tf.reshape(
        line,
        shape.map((d, i) => (i === axis ? d : 1)),
      )
      return [broadcast(tf, column, shape)]
    },
  },
  full: {
    dtypes: all,
    kernels: ['Fill'],
    run: (tf, _, { value }, [out]) => [filled(tf, out, value)],
  },
  gather: {
    dtypes: all,
    kernels: ['GatherV2', 'Transpose', 'Range'],
    run: (tf, [x, given], params, outputs) => {
      const n = x.shape[params.axis] as number
      const outside = checkIndices(tf, 'gather', given, n)
        ? null
        : markOutside(tf, 'gather', given, n, x.dtype)
      const at = outside?.indices ?? given
      const gather: Move<typeof params> = (_, t, { axis, batchDims }, out) => {
        const g = rowsOf(t, at, axis, batchDims)
        const read = tf.gather(toRows(tf, t, g, g.n), flatPlaces(tf, at, g))
        const rows = outside === null ? read : outside.mark(read)
        return tf.reshape(fromRows(tf, rows, g, g.count), [...out.shape])
      }
      return moving(gather)(tf, [x], params, outputs)
    },
  },
  scatterAdd: {
    dtypes: ['float32', 'int32'],
    kernels: ['ScatterNd', 'Transpose', 'Add', 'Range'],
    run: (tf, [t, given, more], { axis, batchDims }) => {
      if (more.size === 0) return [t]
      const n = t.shape[axis] as number
      const outside = checkIndices(tf, 'scatterAdd', given, n)
        ? null
        : markOutside(tf, 'scatterAdd', given, n, t.dtype)
      const at = outside?.indices ?? given
      const g = rowsOf(t, at, axis, batchDims)
      const places = tf.reshape(flatPlaces(tf, at, g), [g.batch * g.count, 1])
      const rows = toRows(tf, more, g, g.count)
      const marked = outside === null ? rows : outside.mark(rows)
      const sums = tf.scatterND(places, marked, [g.batch * g.n, g.between * g.after])
      return [tf.add(t, tf.reshape(fromRows(tf, sums, g, g.n), t.shape))]
    },
  },
}
