import { NtkError } from '../../errors.js'
import { type Engine, freshEngine } from './engine.js'

/**
 * Dense linear algebra in float64, row-major and contiguous; float32 callers convert. Matrices are copied into the
 * memory of an instance kept for this purpose, which is dropped after a call that made it large.
 */

const KEEP_BYTES = 1 << 28

let kept: Engine | undefined

/** Runs `body` with byte addresses of the asked numbers of float64 elements, packing space already set aside. */
function withScratch<T>(sizes: readonly number[], body: (e: Engine, ...at: number[]) => T): T {
  const e = kept ?? freshEngine()
  kept = e
  let next = e.base
  const take = (bytes: number): number => {
    const start = next
    next += Math.ceil(bytes / 64) * 64
    return start
  }
  const work = take(e.call.workBytes())
  const addresses = sizes.map((elements) => take(elements * 8))
  e.reserve(next - e.base)
  e.call.setWork(work)
  try {
    return body(e, ...addresses)
  } finally {
    if (e.memory.buffer.byteLength > KEEP_BYTES) kept = undefined
  }
}

const read = (e: Engine, at: number, length: number): Float64Array =>
  e.f64().subarray(at / 8, at / 8 + length)

/**
 * Lower Cholesky factor of a symmetric positive definite [n, n] matrix, in place (reads the lower triangle, zeroes the upper).
 * Returns -1, or the index of the first pivot that is not positive and finite (`a` is then unchanged).
 */
export function cholesky(a: Float64Array, n: number): number {
  return withScratch([n * n], (e, at = 0) => {
    e.f64().set(a.subarray(0, n * n), at / 8)
    const failed = e.call.cholesky(n, at, n * 8)
    if (failed >= 0) return failed
    a.set(read(e, at, n * n))
    for (let i = 0; i < n; i++) a.fill(0, i * n + i + 1, (i + 1) * n)
    return -1
  })
}

export interface TriangularOptions {
  /** Solve op(A) X = B ('left') or X op(A) = B ('right'). */
  readonly side: 'left' | 'right'
  /** Which triangle of A is read. */
  readonly lower: boolean
  /** op(A) = Aᵀ. */
  readonly transposed: boolean
  /** The diagonal counts as ones and is not read. */
  readonly unit: boolean
}

/**
 * Solves op(A) X = B with A [n, n] and B [n, nrhs] ('left'), or X op(A) = B with B [nrhs, n] ('right'); X overwrites `b`.
 * A zero on the diagonal divides by zero: callers check.
 */
export function triangularSolve(
  a: Float64Array,
  n: number,
  b: Float64Array,
  nrhs: number,
  options: TriangularOptions,
): void {
  const { side, lower, transposed, unit } = options
  withScratch([n * n, n * nrhs], (e, at = 0, to = 0) => {
    e.f64().set(a.subarray(0, n * n), at / 8)
    e.f64().set(b.subarray(0, n * nrhs), to / 8)
    const left = side === 'left'
    const solve = left ? e.call.solveLeft : e.call.solveRight
    solve(Number(lower), Number(transposed), Number(unit), n, at, n * 8, to, nrhs, (left ? nrhs : n) * 8)
    b.set(read(e, to, n * nrhs))
  })
}

function swapRows(b: Float64Array, cols: number, i: number, j: number): void {
  const row = b.slice(i * cols, (i + 1) * cols)
  b.copyWithin(i * cols, j * cols, (j + 1) * cols)
  b.set(row, j * cols)
}

/**
 * P A = L U with partial pivoting, in place: `pivots[i]` [n] is the row exchanged with row i, in order. Returns -1, or
 * the index of the first zero pivot (the factorization is then complete but singular).
 */
export function luFactor(a: Float64Array, n: number, pivots: Int32Array): number {
  return withScratch([n * n, n], (e, at = 0, rows = 0) => {
    e.f64().set(a.subarray(0, n * n), at / 8)
    const failed = e.call.lu(n, n, at, n * 8, 0, n, rows)
    a.set(read(e, at, n * n))
    pivots.set(e.i32().subarray(rows / 4, rows / 4 + n))
    return failed
  })
}

/** Solves A X = B for B [n, nrhs] in place; `a` is left unchanged. Returns -1, or the index of the first zero pivot. */
export function luSolve(a: Float64Array, n: number, b: Float64Array, nrhs: number): number {
  return withScratch([n * n, n * nrhs, n], (e, at = 0, to = 0, rows = 0) => {
    e.f64().set(a.subarray(0, n * n), at / 8)
    const failed = e.call.lu(n, n, at, n * 8, 0, n, rows)
    if (failed >= 0) return failed
    const x = read(e, to, n * nrhs)
    x.set(b.subarray(0, n * nrhs))
    for (let i = 0; i < n; i++) {
      const other = e.i32()[rows / 4 + i] as number
      if (other !== i) swapRows(x, nrhs, i, other)
    }
    e.call.solveLeft(1, 0, 1, n, at, n * 8, to, nrhs, nrhs * 8)
    e.call.solveLeft(0, 0, 0, n, at, n * 8, to, nrhs, nrhs * 8)
    b.set(read(e, to, n * nrhs))
    return -1
  })
}

export interface Eigen {
  /** Ascending, [n]. */
  readonly values: Float64Array
  /** [n, n], column j the unit eigenvector of value j; null when not wanted. */
  readonly vectors: Float64Array | null
}

/** Rows of work space that assembly/linalg/tridiagonal.ts and eigh.ts ask for: three panels of 32, a block of 128. */
const PANELS = 96
const BLOCK = 128

/** A power of two that brings the largest entry of the lower triangle to about one; NaN when an entry is not finite. */
function scaling(a: Float64Array, n: number): number {
  let top = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const x = Math.abs(a[i * n + j] as number)
      if (!(x <= Number.MAX_VALUE)) return Number.NaN
      if (x > top) top = x
    }
  }
  return top === 0 ? 1 : 2 ** -Math.max(-1020, Math.min(1020, Math.floor(Math.log2(top))))
}

/** rows[order[j]][i] becomes column j: eigenvectors leave as columns, in tiles that fit the cache. */
function columnsInOrder(rows: Float64Array, order: Int32Array, n: number): Float64Array {
  const out = new Float64Array(n * n)
  for (let j0 = 0; j0 < n; j0 += 32) {
    for (let i0 = 0; i0 < n; i0 += 32) {
      for (let j = j0; j < Math.min(n, j0 + 32); j++) {
        const row = (order[j] as number) * n
        for (let i = i0; i < Math.min(n, i0 + 32); i++) out[i * n + j] = rows[row + i] as number
      }
    }
  }
  return out
}

/**
 * Eigenvalues and, when wanted, orthonormal eigenvectors of a symmetric [n, n] matrix: reads the lower triangle and
 * leaves `a` unchanged. Householder reduction, then divide and conquer (values alone: implicit QL). A matrix with an
 * entry that is not finite gives NaN throughout.
 */
export function eigh(a: Float64Array, n: number, wantVectors: boolean): Eigen {
  if (n === 0) return { values: new Float64Array(0), vectors: wantVectors ? new Float64Array(0) : null }
  const factor = scaling(a, n)
  if (Number.isNaN(factor)) {
    const vectors = wantVectors ? new Float64Array(n * n).fill(Number.NaN) : null
    return { values: new Float64Array(n).fill(Number.NaN), vectors }
  }
  const square = n * n
  const ifVectors = wantVectors ? Math.max(square, BLOCK * n) : 0
  const panels = (wantVectors ? BLOCK : PANELS) * n
  return withScratch(
    [
      square,
      n,
      n,
      n,
      panels,
      ifVectors,
      ifVectors,
      ifVectors,
      n,
      10 * n + 16,
      wantVectors ? BLOCK * BLOCK : 0,
    ],
    (e, at = 0, d = 0, off = 0, tau = 0, w = 0, r = 0, u = 0, s = 0, sorted = 0, space = 0, t = 0) => {
      e.f64().set(a.subarray(0, square), at / 8)
      e.call.mirror(n, at, n * 8, factor)
      e.call.tridiagonalize(n, at, n * 8, d, off, tau, w)
      const converged = wantVectors
        ? e.call.divideAndConquer(n, d, off, r, sorted, u, s, space)
        : e.call.implicitQl(n, d, off, 0, 0)
      if (!converged) {
        throw new NtkError('no-convergence', { what: 'The symmetric eigenvalue iteration did not converge.' })
      }
      const raw = read(e, d, n)
      if (!wantVectors) return { values: raw.map((x) => x / factor).sort(), vectors: null }
      e.call.backTransform(n, at, n * 8, tau, r, w, u, s, t)
      const order = e.i32().slice(sorted / 4, sorted / 4 + n)
      const values = Float64Array.from(order, (row) => (raw[row] as number) / factor)
      return { values, vectors: columnsInOrder(read(e, r, square), order, n) }
    },
  )
}
