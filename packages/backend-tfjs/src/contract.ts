import { type ContractParams, sizeOf } from '@ntk/tensor'
import { filled, type Tf, type TfTable, type TfTensor } from './rule.js'
import { padTensor, sliced } from './shaping.js'

const at = (shape: readonly number[], axes: readonly number[]): number[] =>
  axes.map((a) => shape[a] as number)

/** The operand as [batch, rows, contracted], or [batch, contracted, rows] where that needs no move; and whether it is the latter. */
function matrices(
  tf: Tf,
  x: TfTensor,
  batch: readonly number[],
  free: readonly number[],
  contract: readonly number[],
): { t: TfTensor; transposed: boolean } {
  const sizes = [batch, free, contract].map((axes) => sizeOf(at(x.shape, axes))) as [number, number, number]
  const inPlace = (order: readonly number[]): boolean => order.every((a, i) => a === i)
  if (inPlace([...batch, ...contract, ...free])) {
    return { t: tf.reshape(x, [sizes[0], sizes[2], sizes[1]]), transposed: true }
  }
  const order = [...batch, ...free, ...contract]
  const moved = inPlace(order) ? x : tf.transpose(x, order)
  return { t: tf.reshape(moved, sizes), transposed: false }
}

type Conv = ContractParams['convGeneralDilated']

/** One convolution without groups of an input that has its padding already. */
function valid(
  tf: Tf,
  x: TfTensor,
  w: TfTensor,
  strides: readonly number[],
  dilations: readonly number[],
): TfTensor {
  const rank = strides.length
  if (rank > 3) return byTaps(tf, x, w, strides, dilations)
  const wide = Math.max(2, rank)
  const lift = (s: readonly number[], front: number): number[] => [
    ...s.slice(0, front),
    ...new Array<number>(wide - rank).fill(1),
    ...s.slice(front),
  ]
  const [lhs, rhs] = [tf.reshape(x, lift(x.shape, 1)), tf.reshape(w, lift(w.shape, 0))]
  const [s, d] = [lift(strides, 0), lift(dilations, 0)]
  const out: TfTensor =
    wide === 2
      ? tf.conv2d(lhs as never, rhs as never, s as [number, number], 'valid', 'NHWC', d as [number, number])
      : tf.conv3d(
          lhs as never,
          rhs as never,
          s as [number, number, number],
          'valid',
          'NDHWC',
          d as [number, number, number],
        )
  return rank < 2 ? tf.reshape(out, [out.shape[0] as number, ...out.shape.slice(1 + wide - rank)]) : out
}

/** tfjs convolves over at most three axes: one more is a sum over the taps of the first, each a convolution over the rest. */
function byTaps(
  tf: Tf,
  x: TfTensor,
  w: TfTensor,
  strides: readonly number[],
  dilations: readonly number[],
): TfTensor {
  const [n, size, ...rest] = x.shape as [number, number, ...number[]]
  const [taps, ...window] = w.shape as [number, ...number[]]
  const [stride, reach] = [strides[0] as number, dilations[0] as number]
  const count = Math.floor((size - (taps - 1) * reach - 1) / stride) + 1
  const parts: TfTensor[] = []
  for (let tap = 0; tap < taps; tap++) {
    const line = tf.reshape(x, [n, size, sizeOf(rest)])
    const read = sliced(tf, line, [0, tap * reach, 0], [1, stride, 1], [n, count, sizeOf(rest)])
    const one = tf.reshape(tf.slice(tf.reshape(w, [taps, sizeOf(window)]), [tap, 0], [1, -1]), window)
    parts.push(valid(tf, tf.reshape(read, [n * count, ...rest]), one, strides.slice(1), dilations.slice(1)))
  }
  const sum = parts.reduce((total, part) => tf.add(total, part))
  return tf.reshape(sum, [n, count, ...sum.shape.slice(1)])
}

function convolve(tf: Tf, x: TfTensor, w: TfTensor, p: Conv): TfTensor {
  const rank = p.strides.length
  const edge = [0, ...p.padding.map((pair) => pair[0]), 0]
  const padded = padTensor(
    tf,
    x,
    edge,
    [0, ...p.padding.map((pair) => pair[1]), 0],
    [0, ...p.lhsDilation.map((d) => d - 1), 0],
    0,
  )
  // tfjs takes strides or dilations, and in three dimensions no dilations: the window is spread out by hand then
  const spread = p.rhsDilation.some((d) => d > 1) && (rank > 2 || p.strides.some((s) => s > 1))
  const none = new Array<number>(rank + 2).fill(0)
  const window = spread ? padTensor(tf, w, none, none, [...p.rhsDilation.map((d) => d - 1), 0, 0], 0) : w
  const dilations = spread ? p.strides.map(() => 1) : p.rhsDilation
  const one = (a: TfTensor, b: TfTensor): TfTensor => valid(tf, a, b, p.strides, dilations)
  const groups = Math.max(p.featureGroups, p.batchGroups)
  if (groups === 1) return one(padded, window)
  const windows = tf.split(window, groups, rank + 1)
  const parts = tf.split(padded, groups, p.featureGroups > 1 ? rank + 1 : 0)
  return tf.concat(
    parts.map((part, i) => one(part, windows[i] as TfTensor)),
    rank + 1,
  )
}

export const contraction: TfTable<keyof ContractParams> = {
  dotGeneral: {
    dtypes: ['float32'],
    kernels: ['BatchMatMul', 'Transpose', 'Reshape'],
    run: (tf, [x, y], p, [out]) => {
      if (x.size === 0 || y.size === 0) return [filled(tf, out, 0)]
      const free = (t: TfTensor, used: readonly number[]): number[] =>
        t.shape.map((_, i) => i).filter((i) => !used.includes(i))
      const lhs = matrices(tf, x, p.lhsBatch, free(x, [...p.lhsBatch, ...p.lhsContract]), p.lhsContract)
      const rhs = matrices(tf, y, p.rhsBatch, free(y, [...p.rhsBatch, ...p.rhsContract]), p.rhsContract)
      return [tf.reshape(tf.matMul(lhs.t, rhs.t, lhs.transposed, !rhs.transposed), [...out.shape])]
    },
  },
  convGeneralDilated: {
    dtypes: ['float32'],
    kernels: ['Conv2D', 'Conv3D', 'PadV2', 'SplitV', 'Concat', 'Slice'],
    run: (tf, [x, w], p, [out]) => {
      const rank = p.strides.length
      if (x.size === 0 || w.size === 0) return [filled(tf, out, 0)]
      if (rank === 0 && p.featureGroups === 1 && p.batchGroups === 1) return [tf.matMul(x, w)]
      return [convolve(tf, x, w, p)]
    },
  },
}
