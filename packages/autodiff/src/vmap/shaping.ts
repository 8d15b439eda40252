import {
  bind1,
  broadcastTo,
  type Params,
  reshape,
  type ShapeParams,
  transpose,
  type Value,
} from '@ntk/tensor'
import {
  type BatchAxis,
  type BatchTable,
  batchedAt,
  front,
  noInputs,
  one,
  shifted,
  withEntry,
} from './rule.js'

export const shaping: BatchTable<keyof ShapeParams> = {
  iota: noInputs('iota'),
  full: noInputs('full'),
  reshape: ([x], [axis], { shape }, size) =>
    one(reshape(front(x as Value, axis as number), [size, ...shape])),
  transpose: ([x], [axis], { perm }) =>
    one(transpose(x as Value, [axis as number, ...perm.map((p) => shifted(p, axis as number))])),
  broadcastTo: ([x], [axis], { shape }, size) => {
    const first = front(x as Value, axis as number)
    const example = first.shape.slice(1)
    const ones = new Array<number>(shape.length - example.length).fill(1)
    return one(broadcastTo(reshape(first, [size, ...ones, ...example]), [size, ...shape]))
  },
  slice: ([x], [axis], { start, limit, strides }, size) => {
    const at = axis as number
    const params = {
      start: withEntry(start, at, 0),
      limit: withEntry(limit, at, size),
      strides: withEntry(strides, at, 1),
    }
    return one(bind1('slice', [x as Value], params), at)
  },
  pad: ([x], [axis], { low, high, interior, value }) => {
    const at = axis as number
    const params: Params<'pad'> = {
      low: withEntry(low, at, 0),
      high: withEntry(high, at, 0),
      interior: withEntry(interior, at, 0),
      value,
    }
    return one(bind1('pad', [x as Value], params), at)
  },
  concatenate: (x, axes, { axis }, size) => {
    const at = axes.find((a) => a !== null) as number
    const parts = x.map((v, i) => batchedAt(v, axes[i] as BatchAxis, size, at))
    return one(bind1('concatenate', parts, { axis: shifted(axis, at) }), at)
  },
  reverse: ([x], [axis], { axes }) =>
    one(
      bind1('reverse', [x as Value], { axes: axes.map((a) => shifted(a, axis as number)) }),
      axis as number,
    ),
  gather: ([x, indices], [ax, ai], { axis, batchDims }, size) => {
    // one set of indices: the batch stands beside the axes before `axis`, behind the shared ones
    if (ai === null) {
      const moved = batchedAt(x as Value, ax as BatchAxis, size, batchDims)
      return one(bind1('gather', [moved, indices as Value], { axis: axis + 1, batchDims }), batchDims)
    }
    // one x: the batch is an axis of the indices
    if (ax === null) {
      const moved = batchedAt(indices as Value, ai as BatchAxis, size, batchDims)
      return one(bind1('gather', [x as Value, moved], { axis, batchDims }), axis)
    }
    const both = [front(x as Value, ax as number), front(indices as Value, ai as number)]
    return one(bind1('gather', both, { axis: axis + 1, batchDims: batchDims + 1 }))
  },
  scatterAdd: ([operand, indices, updates], [ao, ai, au], { axis, batchDims }, size) => {
    const shared = ai === null
    const at = shared ? batchDims : 0
    const inputs = [
      batchedAt(operand as Value, ao as BatchAxis, size, at),
      shared ? (indices as Value) : batchedAt(indices as Value, ai as BatchAxis, size),
      batchedAt(updates as Value, au as BatchAxis, size, at),
    ]
    return one(bind1('scatterAdd', inputs, { axis: axis + 1, batchDims: batchDims + Number(!shared) }), at)
  },
}
