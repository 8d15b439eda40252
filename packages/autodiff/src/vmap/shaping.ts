import {
  bind1,
  broadcastTo,
  type Inputs,
  type Params,
  reshape,
  type ShapeParams,
  transpose,
  type Value,
} from '@ntk/tensor'
import { type BatchTable, batchedAt, firstAxis, front, noInputs, one, shifted, withEntry } from './rule.js'

export const shaping: BatchTable<keyof ShapeParams> = {
  iota: noInputs('iota'),
  full: noInputs('full'),
  reshape: ([x], [axis], { shape }, size) => one(reshape(front(x, axis), [size, ...shape])),
  transpose: ([x], [axis], { perm }) => one(transpose(x, [axis, ...perm.map((p) => shifted(p, axis))])),
  broadcastTo: ([x], [axis], { shape }, size) => {
    const first = front(x, axis)
    const example = first.shape.slice(1)
    const ones = new Array<number>(shape.length - example.length).fill(1)
    return one(broadcastTo(reshape(first, [size, ...ones, ...example]), [size, ...shape]))
  },
  slice: ([x], [at], { start, limit, strides }, size) => {
    const params = {
      start: withEntry(start, at, 0),
      limit: withEntry(limit, at, size),
      strides: withEntry(strides, at, 1),
    }
    return one(bind1('slice', [x], params), at)
  },
  pad: ([x], [at], { low, high, interior, value }) => {
    const params: Params<'pad'> = {
      low: withEntry(low, at, 0),
      high: withEntry(high, at, 0),
      interior: withEntry(interior, at, 0),
      value,
    }
    return one(bind1('pad', [x], params), at)
  },
  concatenate: (x, axes, { axis }, size) => {
    const at = firstAxis(axes)
    const parts = x.map((v, i) => batchedAt(v, axes[i] ?? null, size, at))
    return one(bind1('concatenate', parts, { axis: shifted(axis, at) }), at)
  },
  reverse: ([x], [axis], { axes }) =>
    one(bind1('reverse', [x], { axes: axes.map((a) => shifted(a, axis)) }), axis),
  gather: ([x, indices], [ax, ai], { axis, batchDims }, size) => {
    // one set of indices: the batch stands beside the axes before `axis`, behind the shared ones
    if (ai === null) {
      const moved = batchedAt(x, ax, size, batchDims)
      return one(bind1('gather', [moved, indices], { axis: axis + 1, batchDims }), batchDims)
    }
    // one x: the batch is an axis of the indices
    if (ax === null) {
      const moved = batchedAt(indices, ai, size, batchDims)
      return one(bind1('gather', [x, moved], { axis, batchDims }), axis)
    }
    return one(
      bind1('gather', [front(x, ax), front(indices, ai)], { axis: axis + 1, batchDims: batchDims + 1 }),
    )
  },
  scatterAdd: ([operand, indices, updates], [ao, ai, au], { axis, batchDims }, size) => {
    const shared = ai === null
    const at = shared ? batchDims : 0
    const inputs: Inputs<'scatterAdd', Value> = [
      batchedAt(operand, ao, size, at),
      shared ? indices : batchedAt(indices, ai, size),
      batchedAt(updates, au, size, at),
    ]
    return one(bind1('scatterAdd', inputs, { axis: axis + 1, batchDims: batchDims + Number(!shared) }), at)
  },
}
