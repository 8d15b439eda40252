/** What works along one axis, line by line: arg-reductions, running sums, sorting. */
import { allocate, type TypedArray } from '../../dtype.js'
import type { HostTensor } from '../../reference/host.js'
import { type Shape, sizeOf } from '../../shape.js'
import type { CpuTable } from '../rule.js'

interface Geometry {
  readonly outer: number
  readonly n: number
  readonly inner: number
}

function geometry(shape: Shape, axis: number): Geometry {
  return {
    outer: sizeOf(shape.slice(0, axis)),
    n: shape[axis] as number,
    inner: sizeOf(shape.slice(axis + 1)),
  }
}

/** First index of the extremum of each line; NaN is the extremum of all. `sign` −1 looks for the minimum. */
function firstExtrema(x: TypedArray, { outer, n, inner }: Geometry, sign: 1 | -1): Int32Array {
  const out = new Int32Array(outer * inner)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let at = o * n * inner + i
      let best = sign * (x[at] as number)
      let found = 0
      for (let k = 1; k < n && best === best; k++) {
        at += inner
        const v = sign * (x[at] as number)
        // true also for NaN
        if (!(v <= best)) {
          best = v
          found = k
        }
      }
      out[o * inner + i] = found
    }
  }
  return out
}

const extremum =
  (sign: 1 | -1) =>
  ([{ data, shape }]: readonly [HostTensor], { axis }: { readonly axis: number }): [TypedArray] => [
    firstExtrema(data, geometry(shape, axis), sign),
  ]

/** Calls f with each line copied to contiguous memory, and copies what f gives back. */
function eachLine(x: HostTensor, axis: number, out: TypedArray, f: (line: TypedArray) => TypedArray): void {
  const { outer, n, inner } = geometry(x.shape, axis)
  if (inner === 1) {
    for (let o = 0; o < outer; o++) out.set(f(x.data.slice(o * n, (o + 1) * n)), o * n)
    return
  }
  const line = allocate(x.dtype, n)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const from = o * n * inner + i
      for (let k = 0; k < n; k++) line[k] = x.data[from + k * inner] as number
      const result = f(line)
      for (let k = 0; k < n; k++) out[from + k * inner] = result[k] as number
    }
  }
}

/** Stable ascending order, NaN last: a merge sort of indices by value. */
export function order(line: TypedArray): Int32Array {
  const n = line.length
  let from = new Int32Array(n)
  let to = new Int32Array(n)
  let finite = 0
  for (let i = 0; i < n; i++) if (line[i] === line[i]) from[finite++] = i
  for (let i = 0, at = finite; i < n; i++) if (line[i] !== line[i]) from[at++] = i
  // runs of eight by insertion, then merges
  const RUN = 8
  for (let start = 0; start < finite; start += RUN) {
    const end = Math.min(finite, start + RUN)
    for (let i = start + 1; i < end; i++) {
      const index = from[i] as number
      const value = line[index] as number
      let j = i - 1
      for (; j >= start && (line[from[j] as number] as number) > value; j--) from[j + 1] = from[j] as number
      from[j + 1] = index
    }
  }
  to.set(from)
  for (let width = RUN; width < finite; width *= 2) {
    for (let start = 0; start < finite; start += 2 * width) {
      const middle = Math.min(finite, start + width)
      const end = Math.min(finite, start + 2 * width)
      let [i, j] = [start, middle]
      for (let k = start; k < end; k++) {
        const left =
          i < middle &&
          (j >= end || (line[from[i] as number] as number) <= (line[from[j] as number] as number))
        to[k] = (left ? from[i++] : from[j++]) as number
      }
    }
    ;[from, to] = [to, from]
  }
  return from
}

/** Typed arrays put NaN last by themselves, but −0 before 0; a stable sort keeps equal zeros in their order. */
function sorted(line: TypedArray): TypedArray {
  let zeros = false
  for (let i = 0; i < line.length && !zeros; i++) zeros = Object.is(line[i], -0)
  if (!zeros) return line.sort()
  const by = order(line)
  const copy = line.slice()
  for (let i = 0; i < by.length; i++) line[i] = copy[by[i] as number] as number
  return line
}

export const lines: CpuTable<'argMax' | 'argMin' | 'cumSum' | 'sort' | 'argSort'> = {
  argMax: extremum(1),
  argMin: extremum(-1),
  cumSum: ([{ data, shape, dtype }], { axis, reverse }, [output]) => {
    const out = allocate(output.dtype, data.length)
    const { outer, n, inner } = geometry(shape, axis)
    const totals = dtype === 'int32' ? new Int32Array(inner) : new Float64Array(inner)
    for (let o = 0; o < outer; o++) {
      totals.fill(0)
      for (let k = 0; k < n; k++) {
        const at = (o * n + (reverse ? n - 1 - k : k)) * inner
        for (let i = 0; i < inner; i++) {
          const total = (totals[i] as number) + (data[at + i] as number)
          totals[i] = total
          out[at + i] = total
        }
      }
    }
    return [out]
  },
  sort: ([x], { axis }, [output]) => {
    const out = allocate(output.dtype, x.data.length)
    eachLine(x, axis, out, sorted)
    return [out]
  },
  argSort: ([x], { axis }) => {
    const out = new Int32Array(x.data.length)
    eachLine(x, axis, out, order)
    return [out]
  },
}
