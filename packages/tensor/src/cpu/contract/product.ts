/** Matrix products of float operands: the machine's BLAS where there is one, else WebAssembly, and plain loops where both would only start up. */
import type { CpuContext } from '../rule.js'
import { type FloatArray, type MatrixView, gemm as wasmGemm, syrk as wasmSyrk } from '../wasm/index.js'

/** Below this many multiplications a call into BLAS or WebAssembly costs more than the work. */
const TINY = 2048

/** Whether a product of [m, k] and [k, n] is too small for BLAS, in which it would be summed in another order. */
export const isTiny = (m: number, n: number, k: number): boolean => m * n * k <= TINY

function loops(m: number, n: number, k: number, a: MatrixView, b: MatrixView, c: MatrixView): void {
  const [ai, ap] = a.transposed === true ? [1, a.ld] : [a.ld, 1]
  const [bp, bj] = b.transposed === true ? [1, b.ld] : [b.ld, 1]
  const [x, y, z] = [a.data, b.data, c.data]
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0
      let p = a.offset + i * ai
      let q = b.offset + j * bj
      for (let l = 0; l < k; l++, p += ap, q += bp) total += (x[p] as number) * (y[q] as number)
      z[c.offset + i * c.ld + j] = total
    }
  }
}

/** y = op(A) x with A read along its rows, four running sums a row. */
function rowsTimesVector(
  rows: number,
  k: number,
  a: MatrixView,
  x: FloatArray,
  x0: number,
  dx: number,
  out: FloatArray,
  o: number,
  step: number,
): void {
  const { data, offset, ld } = a
  const even = k - (k & 3)
  for (let i = 0; i < rows; i++) {
    let p = offset + i * ld
    let q = x0
    let [s0, s1, s2, s3] = [0, 0, 0, 0]
    let l = 0
    for (; l < even; l += 4, p += 4, q += 4 * dx) {
      s0 += (data[p] as number) * (x[q] as number)
      s1 += (data[p + 1] as number) * (x[q + dx] as number)
      s2 += (data[p + 2] as number) * (x[q + 2 * dx] as number)
      s3 += (data[p + 3] as number) * (x[q + 3 * dx] as number)
    }
    for (; l < k; l++, p++, q += dx) s0 += (data[p] as number) * (x[q] as number)
    out[o + i * step] = s0 + s1 + (s2 + s3)
  }
}

/** The same matrix seen the other way round. */
const flipped = (v: MatrixView): MatrixView => ({ ...v, transposed: v.transposed !== true })

/** C = op(A) op(B): A [m, k], B [k, n], C [m, n] (not transposed). */
export function product(
  context: CpuContext,
  m: number,
  n: number,
  k: number,
  a: MatrixView,
  b: MatrixView,
  c: MatrixView,
): void {
  if (m === 0 || n === 0) return
  if (isTiny(m, n, k)) {
    loops(m, n, k, a, b, c)
    return
  }
  const blas = context.blas()
  if (blas !== null) {
    const [ta, tb] = [a.transposed === true, b.transposed === true]
    const from = <T extends FloatArray>(v: MatrixView): T =>
      (v.offset === 0 ? v.data : v.data.subarray(v.offset)) as T
    if (c.data instanceof Float64Array)
      blas.dgemm(ta, tb, m, n, k, 1, from(a), a.ld, from(b), b.ld, 0, from(c), c.ld)
    else blas.sgemm(ta, tb, m, n, k, 1, from(a), a.ld, from(b), b.ld, 0, from(c), c.ld)
    return
  }
  // Packing a matrix to use each element once does not pay.
  if (n === 1 && a.transposed !== true) {
    rowsTimesVector(m, k, a, b.data, b.offset, b.transposed === true ? 1 : b.ld, c.data, c.offset, c.ld)
  } else if (m === 1 && b.transposed === true) {
    rowsTimesVector(n, k, b, a.data, a.offset, a.transposed === true ? a.ld : 1, c.data, c.offset, 1)
  } else wasmGemm(m, n, k, 1, a, b, 0, c)
}

const TILE = 32

/** Copies the lower triangle of a symmetric matrix onto the upper one. */
function mirror(n: number, { data, offset, ld }: MatrixView): void {
  for (let i0 = 0; i0 < n; i0 += TILE) {
    const i1 = Math.min(n, i0 + TILE)
    for (let j0 = 0; j0 <= i0; j0 += TILE) {
      for (let i = i0; i < i1; i++) {
        const j1 = Math.min(i, j0 + TILE)
        let to = offset + j0 * ld + i
        const from = offset + i * ld
        for (let j = j0; j < j1; j++, to += ld) data[to] = data[from + j] as number
      }
    }
  }
}

/** C = op(A) op(A)ᵀ with op(A) [n, k]: half the work of `product`. */
export function gram(context: CpuContext, n: number, k: number, a: MatrixView, c: MatrixView): void {
  const blas = context.blas()
  if (isTiny(n, n, k) || k === 0) {
    product(context, n, n, k, a, flipped(a), c)
    return
  }
  if (blas === null) {
    wasmSyrk(n, k, 1, a, 0, c)
    return
  }
  const trans = a.transposed === true
  if (c.data instanceof Float64Array) {
    blas.dsyrk(
      'lower',
      trans,
      n,
      k,
      1,
      a.data.subarray(a.offset) as Float64Array,
      a.ld,
      0,
      c.data.subarray(c.offset),
      c.ld,
    )
  } else {
    blas.ssyrk(
      'lower',
      trans,
      n,
      k,
      1,
      a.data.subarray(a.offset) as Float32Array,
      a.ld,
      0,
      c.data.subarray(c.offset),
      c.ld,
    )
  }
  mirror(n, c)
}
