import { checkBlocks } from './check.js'
import { cblasFunction, fortranFunction, type Interface, integerCells } from './symbols.js'
import type { Gemm, Side, Syrk, Triangle, Trsm } from './types.js'

/** Double and single precision: the letter of BLAS names. */
export type Precision = 'd' | 's'
type Reals = Float64Array | Float32Array

/** The products and the triangular solve of one precision; null where the library lacks any of them. */
export interface BoundBlas<T extends Reals> {
  readonly gemm: Gemm<T>
  readonly syrk: Syrk<T>
  readonly trsm: Trsm<T>
}

export function bindBlas<T extends Reals>(api: Interface, precision: Precision): BoundBlas<T> | null {
  const raw = bindCblas(api, precision) ?? bindFortran(api, precision)
  if (raw === null) return null
  const op = (name: string): string => `${precision}${name}`
  return {
    gemm: (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
      checkBlocks(
        op('gemm'),
        ['A', a, transA ? k : m, transA ? m : k, lda],
        ['B', b, transB ? n : k, transB ? k : n, ldb],
        ['C', c, m, n, ldc],
      )
      if (m > 0 && n > 0) {
        // Row distances of empty operands must still look valid.
        raw.gemm(
          transA,
          transB,
          m,
          n,
          k,
          alpha,
          a,
          k > 0 ? lda : atLeast(lda, m),
          b,
          k > 0 ? ldb : atLeast(ldb, n),
          beta,
          c,
          ldc,
        )
      }
    },
    syrk: (triangle, trans, n, k, alpha, a, lda, beta, c, ldc) => {
      checkBlocks(op('syrk'), ['A', a, trans ? k : n, trans ? n : k, lda], ['C', c, n, n, ldc])
      if (n > 0) raw.syrk(triangle, trans, n, k, alpha, a, k > 0 ? lda : atLeast(lda, n), beta, c, ldc)
    },
    trsm: (side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) => {
      const order = side === 'left' ? m : n
      checkBlocks(op('trsm'), ['A', a, order, order, lda], ['B', b, m, n, ldb])
      if (m > 0 && n > 0) raw.trsm(side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb)
    },
  }
}

const atLeast = (ld: number, least: number): number => Math.max(ld, least, 1)

// CBLAS's enumerations.
const rowMajor = 101
const transposed = (trans: boolean): number => (trans ? 112 : 111)
const triangles: Readonly<Record<Triangle, number>> = { upper: 121, lower: 122 }
const sides: Readonly<Record<Side, number>> = { left: 141, right: 142 }
const diagonal = (unit: boolean): number => (unit ? 132 : 131)

function bindCblas(api: Interface, precision: Precision): BoundBlas<Reals> | null {
  const s = precision
  const gemm = cblasFunction(api, `${s}gemm`, `eeeiii${s}pipi${s}pi`)
  const syrk = cblasFunction(api, `${s}syrk`, `eeeii${s}pi${s}pi`)
  const trsm = cblasFunction(api, `${s}trsm`, `eeeeeii${s}pipi`)
  if (gemm === null || syrk === null || trsm === null) return null
  return {
    gemm: (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
      gemm(rowMajor, transposed(transA), transposed(transB), m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
    },
    syrk: (triangle, trans, n, k, alpha, a, lda, beta, c, ldc) => {
      syrk(rowMajor, triangles[triangle], transposed(trans), n, k, alpha, a, lda, beta, c, ldc)
    },
    trsm: (side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) => {
      const how = [sides[side], triangles[triangle], transposed(trans), diagonal(unit)]
      trsm(rowMajor, ...how, m, n, alpha, a, lda, b, ldb)
    },
  }
}

type Letter = 'N' | 'T' | 'U' | 'L' | 'R' | 'V'

/** Text arguments of Fortran, one letter each: not transposed (or not unit, or no vectors), transposed, upper (or unit), ... */
export const letter: Readonly<Record<Letter, Uint8Array>> = {
  N: Uint8Array.of(78),
  T: Uint8Array.of(84),
  U: Uint8Array.of(85),
  L: Uint8Array.of(76),
  R: Uint8Array.of(82),
  V: Uint8Array.of(86),
}

/** The triangle as Fortran sees it: a row-major matrix is the transpose of the column-major one in the same memory. */
export const seenByFortran = (triangle: Triangle): Uint8Array => (triangle === 'lower' ? letter.U : letter.L)

/**
 * By the Fortran symbols, which every BLAS has. Column-major code sees each matrix transposed: C^T = op(B)^T op(A)^T,
 * and sides and triangles change places.
 */
function bindFortran(api: Interface, precision: Precision): BoundBlas<Reals> | null {
  const gemm = fortranFunction(api, `${precision}gemm`, 13, 2)
  const syrk = fortranFunction(api, `${precision}syrk`, 10, 2)
  const trsm = fortranFunction(api, `${precision}trsm`, 11, 4)
  if (gemm === null || syrk === null || trsm === null) return null
  const { cells, put } = integerCells(api.integerBits, 6)
  const [i0, i1, i2, i3, i4, i5] = cells
  const scalar = (): Reals => (precision === 'd' ? new Float64Array(1) : new Float32Array(1))
  const alphaCell = scalar()
  const betaCell = scalar()
  const flag = (trans: boolean): Uint8Array => (trans ? letter.T : letter.N)
  return {
    gemm: (transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc) => {
      put(n, m, k, ldb, lda, ldc)
      alphaCell[0] = alpha
      betaCell[0] = beta
      gemm(flag(transB), flag(transA), i0, i1, i2, alphaCell, b, i3, a, i4, betaCell, c, i5, 1, 1)
    },
    syrk: (triangle, trans, n, k, alpha, a, lda, beta, c, ldc) => {
      put(n, k, lda, ldc)
      alphaCell[0] = alpha
      betaCell[0] = beta
      syrk(seenByFortran(triangle), flag(!trans), i0, i1, alphaCell, a, i2, betaCell, c, i3, 1, 1)
    },
    trsm: (side, triangle, trans, unit, m, n, alpha, a, lda, b, ldb) => {
      put(n, m, lda, ldb)
      alphaCell[0] = alpha
      const swapped = side === 'left' ? letter.R : letter.L
      const diag = unit ? letter.U : letter.N
      trsm(swapped, seenByFortran(triangle), flag(trans), diag, i0, i1, alphaCell, a, i2, b, i3, 1, 1, 1, 1)
    },
  }
}
