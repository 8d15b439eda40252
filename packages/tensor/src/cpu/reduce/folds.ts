/** Reductions of [outer, n, inner] over the middle axis, one plain loop for each operation. */
import type { TypedArray } from '../../dtype.js'

export type Fold = (x: TypedArray, outer: number, n: number, inner: number, out: TypedArray) => void

/** Terms summed one after the other before partial sums are added in pairs: the error grows with log n beyond it. */
const BLOCK = 128

function sumRun(x: TypedArray, at: number, n: number): number {
  if (n > BLOCK) {
    const half = Math.ceil(n / 2 / BLOCK) * BLOCK
    return sumRun(x, at, half) + sumRun(x, at + half, n - half)
  }
  let [s0, s1, s2, s3] = [0, 0, 0, 0]
  const end = at + n
  const even = end - (n & 3)
  for (; at < even; at += 4) {
    s0 += x[at] as number
    s1 += x[at + 1] as number
    s2 += x[at + 2] as number
    s3 += x[at + 3] as number
  }
  for (; at < end; at++) s0 += x[at] as number
  return s0 + s1 + (s2 + s3)
}

/** sums [inner] += Σ over n rows of x, in pairs of blocks of rows. */
function sumRows(x: TypedArray, at: number, n: number, inner: number, sums: Float64Array): void {
  if (n > BLOCK) {
    const half = Math.ceil(n / 2 / BLOCK) * BLOCK
    sumRows(x, at, half, inner, sums)
    const right = new Float64Array(inner)
    sumRows(x, at + half * inner, n - half, inner, right)
    for (let i = 0; i < inner; i++) sums[i] = (sums[i] as number) + (right[i] as number)
    return
  }
  for (let k = 0; k < n; k++, at += inner) {
    for (let i = 0; i < inner; i++) sums[i] = (sums[i] as number) + (x[at + i] as number)
  }
}

/** Sums in float64 whatever the operand: pairwise, in an order that depends on the shape alone. */
export const sumFold: Fold = (x, outer, n, inner, out) => {
  if (inner === 1) {
    for (let o = 0; o < outer; o++) out[o] = sumRun(x, o * n, n)
    return
  }
  const sums = new Float64Array(inner)
  for (let o = 0; o < outer; o++) {
    sums.fill(0)
    sumRows(x, o * n * inner, n, inner, sums)
    out.set(sums, o * inner)
  }
}

export const maxFold: Fold = (x, outer, n, inner, out) => {
  for (let o = 0; o < outer; o++) {
    const to = o * inner
    let at = o * n * inner
    for (let i = 0; i < inner; i++) out[to + i] = x[at + i] as number
    if (inner === 1) {
      let best = x[at] as number
      for (let k = 1; k < n; k++) best = Math.max(best, x[at + k] as number)
      out[to] = best
      continue
    }
    for (let k = 1; k < n; k++) {
      at += inner
      for (let i = 0; i < inner; i++) out[to + i] = Math.max(out[to + i] as number, x[at + i] as number)
    }
  }
}

export const minFold: Fold = (x, outer, n, inner, out) => {
  for (let o = 0; o < outer; o++) {
    const to = o * inner
    let at = o * n * inner
    for (let i = 0; i < inner; i++) out[to + i] = x[at + i] as number
    if (inner === 1) {
      let best = x[at] as number
      for (let k = 1; k < n; k++) best = Math.min(best, x[at + k] as number)
      out[to] = best
      continue
    }
    for (let k = 1; k < n; k++) {
      at += inner
      for (let i = 0; i < inner; i++) out[to + i] = Math.min(out[to + i] as number, x[at + i] as number)
    }
  }
}

/** A fold by a function, for the reductions that no hot path uses. */
export function foldBy(initial: number, f: (acc: number, x: number) => number): Fold {
  return (x, outer, n, inner, out) => {
    out.fill(initial)
    for (let o = 0, at = 0; o < outer; o++) {
      const to = o * inner
      for (let k = 0; k < n; k++, at += inner) {
        for (let i = 0; i < inner; i++) out[to + i] = f(out[to + i] as number, x[at + i] as number)
      }
    }
  }
}
