import type { MatrixView } from './types.js'

/**
 * C ← alpha A B + beta C with A [m, k], B [k, n], C [m, n]; a beta of 0 never reads C.
 * `a` and `b` may be `transposed` views, `c` may not. Every element of C is summed in one fixed order over k,
 * so any partition of the rows or columns gives the same bits.
 */
export function gemm(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: MatrixView,
  b: MatrixView,
  beta: number,
  c: MatrixView,
): void {
  throw new Error(`not yet: ${[m, n, k, alpha, a, b, beta, c].length}`)
}

/**
 * C ← alpha A Aᵀ + beta C with A [n, k], C [n, n] symmetric: one triangle is computed and mirrored.
 * The numbers are those of `gemm(n, n, k, alpha, A, Aᵀ, beta, C)`.
 */
export function syrk(n: number, k: number, alpha: number, a: MatrixView, beta: number, c: MatrixView): void {
  throw new Error(`not yet: ${[n, k, alpha, a, beta, c].length}`)
}
