import type { Donation } from '../../donation.js'
import { allocate, type TypedArray } from '../../dtype.js'
import type { HostTensor } from '../../reference/host.js'
import { notPositiveDefinite } from '../../reference/linalg.js'
import { sizeOf } from '../../shape.js'
import type { CpuContext } from '../rule.js'
import * as wasm from '../wasm/index.js'
import { choleskyError } from './errors.js'
import { scratch } from './scratch.js'
import { wide } from './wide.js'

/** Lower factors of a batch of matrices; over the matrices themselves, where they were given away. */
export function cholesky(context: CpuContext, a: HostTensor, donation: Donation | null): TypedArray {
  const { data, shape, dtype } = a
  const n = shape.at(-1) as number
  const batch = sizeOf(shape.slice(0, -2))
  if (data instanceof Float64Array && donation?.take(0) === true) {
    for (let k = 0; k < batch; k++) inPlace(context, data.subarray(n * n * k, n * n * (k + 1)), n)
    return data
  }
  const factors = allocate(dtype, data.length)
  for (let k = 0; k < batch; k++) {
    const [from, to] = [data, factors].map((x) => x.subarray(n * n * k, n * n * (k + 1))) as [
      TypedArray,
      TypedArray,
    ]
    // factors read and write the lower triangle alone
    const l = to instanceof Float64Array ? to : scratch(n * n)
    copyLower(from, l, n)
    const pivot = factor(context, l, n)
    if (pivot >= 0) throw choleskyError(wide(from), n, pivot)
    if (l !== to) copyLower(l, to, n)
  }
  return factors
}

/** The lower triangle into a matrix of zeros; converts between float32 and float64. */
function copyLower(from: TypedArray, to: TypedArray, n: number): void {
  for (let i = 0; i < n; i++) to.set(from.subarray(i * n, i * n + i + 1), i * n)
}

/** Factors the lower triangle of `l` in place, leaves the other as it is, and gives the pivot where it stopped, or −1. */
function factor(context: CpuContext, l: Float64Array, n: number): number {
  if (n === 0) return -1
  const lapack = context.blas()?.lapack ?? null
  const pivot = lapack === null ? wasm.cholesky(l, n) : lapack.dpotrf('lower', n, l, n) - 1
  if (pivot >= 0) return pivot
  // a NaN anywhere below shows on the diagonal
  for (let i = 0; i < n; i++) if (!Number.isFinite(l[i * n + i])) return i
  return -1
}

function inPlace(context: CpuContext, a: Float64Array, n: number): void {
  const pivot = factor(context, a, n)
  // where LAPACK stopped stands what elimination left there; WebAssembly leaves the matrix as it was
  if (pivot >= 0) {
    throw context.blas()?.lapack
      ? notPositiveDefinite(pivot, a[pivot * n + pivot] as number)
      : choleskyError(a, n, pivot)
  }
  for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, (i + 1) * n)
}
