import { allocate, type TypedArray } from '../dtype.js'
import type { ReduceParams } from '../primitives.js'
import { type Shape, sizeOf, stridesOf } from '../shape.js'
import type { Aval } from '../aval.js'
import { eachIndex, type HostTable, type HostTensor, offset } from './host.js'

/** Folds over `axes` in float64, rounding once at the end; int32 by its own function where doubles would not wrap exactly. */
const fold =
  (initial: number, floats: (acc: number, x: number) => number, integers: (acc: number, x: number) => number = floats) =>
  ([{ data, shape, dtype }]: readonly [HostTensor], { axes }: { readonly axes: Shape }, [out]: readonly [Aval]): [TypedArray] => {
    const acc = new Float64Array(sizeOf(out.shape)).fill(initial)
    const f = dtype === 'int32' ? integers : floats
    const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i))
    const outStrides = stridesOf(out.shape)
    const strides = shape.map((_, i) => (axes.includes(i) ? 0 : (outStrides[kept.indexOf(i)] as number)))
    eachIndex(shape, (index, flat) => {
      const at = offset(index, strides)
      acc[at] = f(acc[at] as number, data[flat] as number)
    })
    const result = allocate(dtype, acc.length)
    result.set(acc)
    return [result]
  }

/** Sums with the lost digits carried along (Neumaier 1974): the error does not grow with the number of terms. */
const sum = (
  [{ data, shape, dtype }]: readonly [HostTensor],
  { axes }: { readonly axes: Shape },
  [out]: readonly [Aval],
): [TypedArray] => {
  const total = new Float64Array(sizeOf(out.shape))
  const lost = new Float64Array(total.length)
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const outStrides = stridesOf(out.shape)
  const strides = shape.map((_, i) => (axes.includes(i) ? 0 : (outStrides[kept.indexOf(i)] as number)))
  eachIndex(shape, (index, flat) => {
    const at = offset(index, strides)
    const [t, v] = [total[at] as number, data[flat] as number]
    const next = t + v
    lost[at] = (lost[at] as number) + (Math.abs(t) >= Math.abs(v) ? t - next + v : v - next + t)
    total[at] = next
  })
  const result = allocate(dtype, total.length)
  // infinite or NaN totals have no digits to give back
  for (let i = 0; i < total.length; i++) {
    const t = total[i] as number
    result[i] = Number.isFinite(t) ? t + (lost[i] as number) : t
  }
  return [result]
}

/** The lines of x along one axis: f(read, write, length) for each, where the output line has `outLength` elements. */
function lines(
  { data, shape }: HostTensor,
  axis: number,
  out: TypedArray,
  outLength: number,
  f: (line: number[], write: (i: number, v: number) => void) => void,
): [TypedArray] {
  const n = shape[axis] as number
  const inner = sizeOf(shape.slice(axis + 1))
  const outer = sizeOf(shape.slice(0, axis))
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const line = Array.from({ length: n }, (_, k) => data[(o * n + k) * inner + i] as number)
      f(line, (k, v) => {
        out[(o * outLength + k) * inner + i] = v
      })
    }
  }
  return [out]
}

/** NaN after every number, equal elements in their order. */
function sortedOrder(line: readonly number[]): number[] {
  const order = line.map((_, i) => i)
  return order.sort((i, j) => {
    const [a, b] = [line[i] as number, line[j] as number]
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || i - j
    return a - b || i - j
  })
}

const extremum =
  (better: (a: number, b: number) => boolean) =>
  ([x]: readonly [HostTensor], { axis }: { readonly axis: number }, [out]: readonly [Aval]): [TypedArray] =>
    lines(x, axis, new Int32Array(sizeOf(out.shape)), 1, (line, write) => {
      let best = 0
      for (let k = 1; k < line.length; k++) {
        const [a, b] = [line[k] as number, line[best] as number]
        if (!Number.isNaN(b) && (Number.isNaN(a) || better(a, b))) best = k
      }
      write(0, best)
    })

export const reductions: HostTable<keyof ReduceParams> = {
  reduceSum: sum,
  reduceProd: fold(1, (a, x) => a * x, Math.imul),
  reduceMax: fold(Number.NEGATIVE_INFINITY, Math.max),
  reduceMin: fold(Number.POSITIVE_INFINITY, Math.min),
  reduceAnd: fold(1, (a, x) => a & x),
  reduceOr: fold(0, (a, x) => a | x),
  argMax: extremum((a, b) => a > b),
  argMin: extremum((a, b) => a < b),
  cumSum: ([x], { axis, reverse }, [out]) => {
    const { dtype, shape } = out
    return lines(x, axis, allocate(dtype, sizeOf(shape)), shape[axis] as number, (line, write) => {
      let total = 0
      for (let k = 0; k < line.length; k++) {
        const at = reverse ? line.length - 1 - k : k
        total += line[at] as number
        write(at, total)
      }
    })
  },
  sort: ([x], { axis }, [out]) => {
    const { dtype, shape } = out
    return lines(x, axis, allocate(dtype, sizeOf(shape)), shape[axis] as number, (line, write) => {
      sortedOrder(line).forEach((from, k) => write(k, line[from] as number))
    })
  },
  argSort: ([x], { axis }, [out]) => {
    const { shape } = out
    return lines(x, axis, new Int32Array(sizeOf(shape)), shape[axis] as number, (line, write) => {
      sortedOrder(line).forEach((from, k) => write(k, from))
    })
  },
}
