import {
  bind1,
  type ContractParams,
  type Params,
  reshape,
  type Shape,
  sizeOf,
  transpose,
  type Value,
} from '@ntk/tensor'
import { range } from '../core/range.js'
import type { SomeOfTwo } from '../core/some.js'
import { type Batched, type BatchTable, batchedAt, front, one, shifted } from './rule.js'

/** How many times larger than the left operand something is, from which repeating that costs less than moving it. */
const muchLarger = 8
const larger = 2
/** Numbers of an example's output from which this is worth a product of its own. */
const worthProduct = 4096

/**
 * Whether a left operand alone is better repeated. Behind its free axes the batch of b would be in the way: the output would
 * be moved sooner or later, and with it the cotangent of b, which has the size of b.
 */
function outweighs(a: Value, b: Value, p: Params<'dotGeneral'>, size: number): boolean {
  const along = (axes: Shape): number => axes.reduce((n, i) => n * (a.shape[i] as number), 1)
  const [contracted, shared] = [along(p.lhsContract), along(p.lhsBatch)]
  const each = sizeOf(b.shape) / size
  const rows = sizeOf(a.shape) / (shared * contracted)
  const columns = each / (shared * contracted)
  if (rows <= 1 || shared * rows * columns < worthProduct) return false
  return columns >= muchLarger * contracted || each >= larger * sizeOf(a.shape)
}

/**
 * The batch is a batch axis where both sides have it, else a free axis of the side that has it. Nothing is moved, but a left
 * operand is repeated where it is small beside what would be moved.
 */
function dot(
  a: Value,
  b: Value,
  [aa, ab]: SomeOfTwo<number>,
  p: Params<'dotGeneral'>,
  size: number,
): Batched<[Value]> {
  if (aa === null && outweighs(a, b, p, size))
    return dot(batchedAt(a, null, size), b, [0, ab as number], p, size)
  const left = (axes: Shape): number[] => (aa === null ? [...axes] : axes.map((i) => shifted(i, aa)))
  const right = (axes: Shape): number[] => (ab === null ? [...axes] : axes.map((i) => shifted(i, ab)))
  const params = {
    lhsContract: left(p.lhsContract),
    rhsContract: right(p.rhsContract),
    lhsBatch: left(p.lhsBatch),
    rhsBatch: right(p.rhsBatch),
  }
  if (aa !== null && ab !== null) {
    const both = {
      ...params,
      lhsBatch: [aa, ...params.lhsBatch],
      rhsBatch: [ab, ...params.rhsBatch],
    }
    return one(bind1('dotGeneral', [a, b], both))
  }
  const freeBefore = (rank: number, used: Shape, limit: number): number =>
    range(limit).filter((i) => i < rank && !used.includes(i)).length
  const nb = p.lhsBatch.length
  const out = bind1('dotGeneral', [a, b], params)
  if (aa !== null) {
    return one(out, nb + freeBefore(a.shape.length, [...params.lhsBatch, ...params.lhsContract], aa))
  }
  const leftFree = a.shape.length - nb - p.lhsContract.length
  return one(out, nb + leftFree + freeBefore(b.shape.length, [...params.rhsBatch, ...params.rhsContract], ab))
}

/** Only the images differ: the examples become part of their batch, within each block of it. */
function convImages(
  x: Value,
  axis: number,
  w: Value,
  p: Params<'convGeneralDilated'>,
  size: number,
): Batched<[Value]> {
  const g = p.batchGroups
  const first = front(x, axis)
  const [, n, ...rest] = first.shape as [number, number, ...number[]]
  const run = (images: Value): Value => bind1('convGeneralDilated', [images, w], p)
  if (g === 1) {
    const out = run(reshape(first, [size * n, ...rest]))
    return one(reshape(out, [size, n, ...out.shape.slice(1)]))
  }
  const blocks = reshape(first, [size, g, n / g, ...rest])
  const merged = reshape(transpose(blocks, [1, 0, ...range(rest.length + 1, 2)]), [
    g * size * (n / g),
    ...rest,
  ])
  const out = run(merged)
  return one(reshape(out, [size, n / g, ...out.shape.slice(1)]))
}

/** Only the kernels differ: the examples become outputs, within each group of them. */
function convKernels(
  x: Value,
  w: Value,
  axis: number,
  p: Params<'convGeneralDilated'>,
  size: number,
): Batched<[Value]> {
  const rank = p.strides.length
  const g = p.featureGroups * p.batchGroups
  const first = front(w, axis)
  const window = first.shape.slice(1, rank + 1)
  const [c, o] = first.shape.slice(rank + 1) as [number, number]
  // [B, window, c, g, o / g] to [window, c, g, B, o / g]
  const split = reshape(first, [size, ...window, c, g, o / g])
  const merged = transpose(split, [...range(rank + 2, 1), 0, rank + 3])
  const out = bind1('convGeneralDilated', [x, reshape(merged, [...window, c, size * o])], p)
  const head = out.shape.slice(0, -1)
  if (g === 1) return one(reshape(out, [...head, size, o]), rank + 1)
  const parts = reshape(out, [...head, g, size, o / g])
  return one(reshape(transpose(parts, [rank + 2, ...range(rank + 2), rank + 3]), [size, ...head, o]))
}

/** Both differ: each example becomes a group of its own: a group of the batch, or of the channels where these have groups already. */
function convBoth(
  x: Value,
  w: Value,
  [ax, aw]: readonly [number, number],
  p: Params<'convGeneralDilated'>,
  size: number,
): Batched<[Value]> {
  const rank = p.strides.length
  // the kernels' batch in front of the outputs: [window, c, B · o]
  const kernels = batchedAt(w, aw, size, rank + 1)
  const outs = kernels.shape[rank + 2] as number
  const merged = reshape(kernels, [...kernels.shape.slice(0, rank + 1), size * outs])
  const split = (out: Value): Batched<[Value]> =>
    one(reshape(out, [...out.shape.slice(0, -1), size, outs]), rank + 1)
  if (p.featureGroups === 1) {
    const images = front(x, ax)
    const joined = reshape(images, [size * (images.shape[1] as number), ...images.shape.slice(2)])
    return split(bind1('convGeneralDilated', [joined, merged], { ...p, batchGroups: p.batchGroups * size }))
  }
  const images = batchedAt(x, ax, size, rank + 1)
  const joined = reshape(images, [
    ...images.shape.slice(0, rank + 1),
    size * (images.shape[rank + 2] as number),
  ])
  return split(bind1('convGeneralDilated', [joined, merged], { ...p, featureGroups: p.featureGroups * size }))
}

export const contraction: BatchTable<keyof ContractParams> = {
  dotGeneral: ([a, b], axes, params, size) => dot(a, b, axes, params, size),
  convGeneralDilated: ([x, w], [ax, aw], params, size) => {
    if (ax === null) return convKernels(x, w, aw, params, size)
    if (aw === null) return convImages(x, ax, w, params, size)
    return convBoth(x, w, [ax, aw], params, size)
  },
}
