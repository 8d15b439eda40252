import { allocate } from '../../dtype.js'
import type { ShapeParams } from '../../primitives.js'
import type { HostTensor } from '../../reference/host.js'
import { checkIndices } from '../../reference/shaping.js'
import { type Shape, sizeOf } from '../../shape.js'
import type { CpuTable } from '../rule.js'
import { moves } from './move.js'

/** Rows of `after` contiguous elements: calls f(row in x, row in the gathered tensor) for each that gather reads. */
function eachRow(
  shape: Shape,
  indices: HostTensor,
  axis: number,
  batchDims: number,
  f: (x: number, out: number) => void,
): void {
  const batch = sizeOf(shape.slice(0, batchDims))
  const before = sizeOf(shape.slice(batchDims, axis))
  const n = shape[axis] as number
  const { data } = indices
  const count = sizeOf(indices.shape.slice(batchDims))
  let out = 0
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < before; p++) {
      const base = (b * before + p) * n
      const first = b * count
      for (let i = 0; i < count; i++) f(base + (data[first + i] as number), out++)
    }
  }
}

const LONG = 40

export const shaping: CpuTable<keyof ShapeParams> = {
  ...moves,
  iota: (_, { axis }, [{ shape, dtype }]) => {
    const result = allocate(dtype, sizeOf(shape))
    const inner = sizeOf(shape.slice(axis + 1))
    const n = shape[axis] as number
    const line = n * inner
    for (let i = 0; i < n; i++) result.fill(i, i * inner, (i + 1) * inner)
    for (let at = line; at < result.length; at += line) result.copyWithin(at, 0, line)
    return [result]
  },
  full: (_, { value }, [{ shape, dtype }]) => {
    const result = allocate(dtype, sizeOf(shape))
    return [value === 0 && !Object.is(value, -0) ? result : result.fill(value)]
  },
  gather: ([{ data, shape }, indices], { axis, batchDims }, [out]) => {
    checkIndices('gather', indices.data, shape[axis] as number)
    const result = allocate(out.dtype, sizeOf(out.shape))
    const after = sizeOf(shape.slice(axis + 1))
    eachRow(shape, indices, axis, batchDims, (from, to) => {
      const [s, d] = [from * after, to * after]
      if (after >= LONG) result.set(data.subarray(s, s + after), d)
      else for (let q = 0; q < after; q++) result[d + q] = data[s + q] as number
    })
    return [result]
  },
  scatterAdd: ([{ data, shape }, indices, updates], { axis, batchDims }) => {
    checkIndices('scatterAdd', indices.data, shape[axis] as number)
    const result = data.slice()
    const more = updates.data
    const after = sizeOf(shape.slice(axis + 1))
    eachRow(shape, indices, axis, batchDims, (to, from) => {
      const [s, d] = [from * after, to * after]
      for (let q = 0; q < after; q++) result[d + q] = (result[d + q] as number) + (more[s + q] as number)
    })
    return [result]
  },
}
