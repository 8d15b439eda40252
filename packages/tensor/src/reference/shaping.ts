import { allocate, type TypedArray } from '../dtype.js'
import { NtkError } from '../errors.js'
import type { ShapeParams } from '../primitives.js'
import { type Shape, sizeOf, stridesOf } from '../shape.js'
import type { Aval } from '../aval.js'
import { broadcastStrides, eachIndex, type HostTable, type HostTensor, offset } from './host.js'

/** out[index] = x[from(index)]. */
function pick(x: HostTensor, out: Aval, from: (index: readonly number[]) => number): [TypedArray] {
  const result = allocate(out.dtype, sizeOf(out.shape))
  eachIndex(out.shape, (index, flat) => {
    result[flat] = x.data[from(index)] as number
  })
  return [result]
}

/** Throws NtkError 'index' unless every index lies in [0, n). */
export function checkIndices(name: string, indices: TypedArray, n: number): void {
  for (const i of indices) {
    if (i < 0 || i >= n) {
      throw new NtkError('index', { what: `${name} needs indices in [0, ${n}).`, got: String(i) })
    }
  }
}

/** Calls f(place in x, place in the gathered tensor) for each element that gather reads. */
export function eachGathered(
  shape: Shape, indices: HostTensor, axis: number, batchDims: number, f: (inX: number, inOut: number) => void,
): void {
  const batch = sizeOf(shape.slice(0, batchDims))
  const before = sizeOf(shape.slice(batchDims, axis))
  const n = shape[axis] as number
  const after = sizeOf(shape.slice(axis + 1))
  const count = sizeOf(indices.shape.slice(batchDims))
  let out = 0
  for (let b = 0; b < batch; b++) {
    for (let p = 0; p < before; p++) {
      for (let i = 0; i < count; i++) {
        const row = ((b * before + p) * n + (indices.data[b * count + i] as number)) * after
        for (let q = 0; q < after; q++) f(row + q, out++)
      }
    }
  }
}

export const shaping: HostTable<keyof ShapeParams> = {
  reshape: ([x]) => [x.data],
  transpose: ([x], { perm }, [out]) => {
    const strides = stridesOf(x.shape)
    const permuted = perm.map((p) => strides[p] as number)
    return pick(x, out, (index) => offset(index, permuted))
  },
  broadcastTo: ([x], { shape }, [out]) => {
    const strides = broadcastStrides(x.shape, shape.length)
    return pick(x, out, (index) => offset(index, strides))
  },
  slice: ([x], { start, strides: steps }, [out]) => {
    const strides = stridesOf(x.shape)
    const base = offset(start, strides)
    const scaled = strides.map((s, i) => s * (steps[i] as number))
    return pick(x, out, (index) => base + offset(index, scaled))
  },
  pad: ([x], { low, interior, value }, [out]) => {
    const { data, shape } = x
    const target = out.shape
    const result = allocate(out.dtype, sizeOf(target)).fill(value)
    const strides = stridesOf(target)
    eachIndex(shape, (index, flat) => {
      let at = 0
      for (let a = 0; a < shape.length; a++) {
        const i = (low[a] as number) + (index[a] as number) * ((interior[a] as number) + 1)
        if (i < 0 || i >= (target[a] as number)) return
        at += i * (strides[a] as number)
      }
      result[at] = data[flat] as number
    })
    return [result]
  },
  concatenate: (inputs, { axis }, [out]) => {
    const { shape, dtype } = out
    const result = allocate(dtype, sizeOf(shape))
    const inner = sizeOf(shape.slice(axis + 1))
    const outer = sizeOf(shape.slice(0, axis))
    const row = (shape[axis] as number) * inner
    let at = 0
    for (const x of inputs) {
      const part = (x.shape[axis] as number) * inner
      for (let o = 0; o < outer; o++) result.set(x.data.subarray(o * part, (o + 1) * part), o * row + at)
      at += part
    }
    return [result]
  },
  reverse: ([x], { axes }, [out]) => {
    const { shape } = x
    const strides = stridesOf(shape)
    const signed = strides.map((s, i) => (axes.includes(i) ? -s : s))
    const base = axes.reduce((b, a) => b + ((shape[a] as number) - 1) * (strides[a] as number), 0)
    return pick(x, out, (index) => base + offset(index, signed))
  },
  iota: (_, { axis }, [out]) => {
    const { shape, dtype } = out
    const result = allocate(dtype, sizeOf(shape))
    eachIndex(shape, (index, flat) => {
      result[flat] = index[axis] as number
    })
    return [result]
  },
  full: (_, { value }, [out]) => [allocate(out.dtype, sizeOf(out.shape)).fill(value)],
  gather: ([x, indices], { axis, batchDims }, [out]) => {
    const { data, shape } = x
    checkIndices('gather', indices.data, shape[axis] as number)
    const result = allocate(out.dtype, sizeOf(out.shape))
    eachGathered(shape, indices, axis, batchDims, (from, to) => {
      result[to] = data[from] as number
    })
    return [result]
  },
  scatterAdd: ([x, indices, updates], { axis, batchDims }) => {
    const { data, shape } = x
    checkIndices('scatterAdd', indices.data, shape[axis] as number)
    const result = data.slice()
    eachGathered(shape, indices, axis, batchDims, (to, from) => {
      result[to] = (result[to] as number) + (updates.data[from] as number)
    })
    return [result]
  },
}
