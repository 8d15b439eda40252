import { evaluateReference, NtkError } from '@ntk/tensor'
import type { Cublas, Cusolver } from '../../src/api.js'
import { doublesAt, floatsAt, integersAt, write } from './memory.js'

/** cuBLAS and cuSOLVER, plainly: columns first, as theirs. */

const ok = 0
type Numbers = Float64Array | Float32Array

/** Element (i, j) of op(A) lies at `place(i, j)`. */
const placeOf =
  (trans: number, ld: number) =>
  (i: number, j: number): number =>
    trans === 0 ? j * ld + i : i * ld + j

/** How many numbers a matrix of `rows` and `columns` with leading dimension `ld` spans. */
const span = (rows: number, columns: number, ld: number): number =>
  columns === 0 ? 0 : (columns - 1) * ld + rows

function gemm(
  at: (address: bigint, count: number) => Numbers,
  bytes: number,
): Cublas['cublasDgemmStridedBatched'] {
  return (_handle, transA, transB, m, n, k, alpha, ...rest) => {
    const [a, lda, strideA, b, ldb, strideB, beta, c, ldc, strideC, batch] = rest
    const [scale, keep] = [(alpha as Numbers)[0] as number, (beta as Numbers)[0] as number]
    if (lda < (transA === 0 ? m : k) || ldb < (transB === 0 ? k : n) || ldc < m) return 7
    const [placeA, placeB] = [placeOf(transA, lda), placeOf(transB, ldb)]
    for (let t = 0; t < batch; t++) {
      const from = (place: bigint, stride: number): bigint => place + BigInt(t * stride * bytes)
      const x = at(from(a, strideA), transA === 0 ? span(m, k, lda) : span(k, m, lda))
      const y = at(from(b, strideB), transB === 0 ? span(k, n, ldb) : span(n, k, ldb))
      const z = at(from(c, strideC), span(m, n, ldc))
      for (let j = 0; j < n; j++) {
        for (let i = 0; i < m; i++) {
          let total = 0
          for (let l = 0; l < k; l++) total += (x[placeA(i, l)] as number) * (y[placeB(l, j)] as number)
          // with beta 0, what was there is not read
          z[j * ldc + i] = scale * total + (keep === 0 ? 0 : keep * (z[j * ldc + i] as number))
        }
      }
    }
    return ok
  }
}

export const cublas: Cublas = {
  cublasCreate_v2: (handle) => (write(handle, 1), ok),
  cublasDgemmStridedBatched: gemm(doublesAt, 8),
  cublasSgemmStridedBatched: gemm(floatsAt, 4),
  cublasDtrsm_v2: (_handle, side, uplo, trans, diagonal, m, n, alpha, ...operands) => {
    const [a, lda, b, ldb] = operands
    if (side !== 1 || lda < n || ldb < m) return 7
    const scale = (alpha as Float64Array)[0] as number
    const matrix = doublesAt(a, span(n, n, lda))
    const x = doublesAt(b, span(m, n, ldb))
    const place = placeOf(trans, lda)
    // X op(A) = alpha B: column j of X needs those before it where op(A) is upper
    const isUpper = (uplo === 1) === (trans === 0)
    for (let step = 0; step < n; step++) {
      const j = isUpper ? step : n - 1 - step
      for (let i = 0; i < m; i++) {
        let s = scale * (x[j * ldb + i] as number)
        for (let l = isUpper ? 0 : j + 1; l < (isUpper ? j : n); l++)
          s -= (x[l * ldb + i] as number) * (matrix[place(l, j)] as number)
        x[j * ldb + i] = diagonal === 1 ? s : s / (matrix[place(j, j)] as number)
      }
    }
    return ok
  },
}

const matrixOf = (data: Float64Array, n: number) => ({ data, shape: [n, n], dtype: 'float64' }) as const

/** 0, or 1 plus the pivot that the error names. */
function stopOf(f: () => void): number {
  try {
    f()
    return 0
  } catch (error) {
    if (!NtkError.isInstance(error)) throw error
    return 1 + Number(/pivot (?:in column )?(\d+)|column (\d+)/.exec(error.message)?.[1] ?? 0)
  }
}

export const cusolver: Cusolver = {
  cusolverDnCreate: (handle) => (write(handle, 1), ok),
  cusolverDnDpotrf_bufferSize: (_handle, _uplo, _n, _a, _lda, size) => (write(size, 16), ok),
  cusolverDnDpotrf: (_handle, uplo, n, a, lda, _work, _size, info) => {
    if (uplo !== 1 || lda !== n) return 3
    // upper of columns first is lower of rows first
    const x = doublesAt(a, n * n)
    integersAt(info, 1)[0] = stopOf(() => {
      const [l] = evaluateReference('cholesky', [matrixOf(x.slice(), n)], {}, [
        { shape: [n, n], dtype: 'float64' },
      ])
      for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) x[i * n + j] = l[i * n + j] as number
    })
    return ok
  },
  cusolverDnDgetrf_bufferSize: (_handle, _m, _n, _a, _lda, size) => (write(size, 16), ok),
  cusolverDnDgetrf: (_handle, m, n, a, lda, _work, pivots, info) => {
    if (m !== n || lda !== n) return 3
    const [x, order] = [doublesAt(a, n * n), integersAt(pivots, n)]
    let stop = 0
    const place = placeOf(0, lda)
    for (let k = 0; k < n; k++) {
      let pivot = k
      for (let i = k; i < n; i++)
        if (Math.abs(x[place(i, k)] as number) > Math.abs(x[place(pivot, k)] as number)) pivot = i
      order[k] = pivot + 1
      if (x[place(pivot, k)] === 0) {
        stop ||= k + 1
        continue
      }
      for (let j = 0; j < n; j++) {
        const t = x[place(k, j)] as number
        x[place(k, j)] = x[place(pivot, j)] as number
        x[place(pivot, j)] = t
      }
      for (let i = k + 1; i < n; i++) {
        const f = (x[place(i, k)] as number) / (x[place(k, k)] as number)
        x[place(i, k)] = f
        for (let j = k + 1; j < n; j++)
          x[place(i, j)] = (x[place(i, j)] as number) - f * (x[place(k, j)] as number)
      }
    }
    integersAt(info, 1)[0] = stop
    return ok
  },
  cusolverDnDgetrs: (_handle, trans, n, sides, ...operands) => {
    const [a, lda, pivots, b, ldb, info] = operands
    if (trans !== 1 || lda !== n || ldb !== n) return 3
    // A = Pᵀ L U, so Aᵀ x = b is Uᵀ y = b, Lᵀ z = y, x = Pᵀ z
    const [x, order] = [doublesAt(a, n * n), integersAt(pivots, n)]
    const place = placeOf(0, lda)
    for (let c = 0; c < sides; c++) {
      const y = doublesAt(b + BigInt(8 * c * ldb), n)
      for (let i = 0; i < n; i++) {
        for (let k = 0; k < i; k++) y[i] = (y[i] as number) - (x[place(k, i)] as number) * (y[k] as number)
        y[i] = (y[i] as number) / (x[place(i, i)] as number)
      }
      for (let i = n - 1; i >= 0; i--)
        for (let k = i + 1; k < n; k++)
          y[i] = (y[i] as number) - (x[place(k, i)] as number) * (y[k] as number)
      for (let k = n - 1; k >= 0; k--) {
        const p = (order[k] as number) - 1
        const t = y[k] as number
        y[k] = y[p] as number
        y[p] = t
      }
    }
    integersAt(info, 1)[0] = 0
    return ok
  },
  cusolverDnDsyevd_bufferSize: (_handle, _job, _uplo, _n, _a, _lda, _w, size) => (write(size, 16), ok),
  cusolverDnDsyevd: (_handle, job, uplo, n, ...operands) => {
    const [a, lda, w, , , info] = operands
    if (job !== 1 || uplo !== 1 || lda !== n) return 3
    const x = doublesAt(a, n * n)
    integersAt(info, 1)[0] = stopOf(() => {
      const [values, vectors] = evaluateReference('eigh', [matrixOf(x.slice(), n)], {}, [
        { shape: [n], dtype: 'float64' },
        { shape: [n, n], dtype: 'float64' },
      ])
      doublesAt(w, n).set(values as Float64Array)
      // vectors one after the other, each with a sign of its own
      for (let i = 0; i < n; i++)
        for (let k = 0; k < n; k++) x[k * n + i] = (k % 2 === 0 ? -1 : 1) * (vectors[i * n + k] as number)
    })
    return ok
  },
}
