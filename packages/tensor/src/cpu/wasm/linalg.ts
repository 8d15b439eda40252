/**
 * Dense linear algebra in float64, row-major and contiguous; float32 callers convert.
 * Each call runs in a WebAssembly instance of its own when large, so its memory goes back afterwards.
 */

/**
 * Lower Cholesky factor of a symmetric positive definite [n, n] matrix, in place (reads the lower triangle, zeroes the upper).
 * Returns -1, or the index of the first pivot that is not positive (the contents are then undefined).
 */
export function cholesky(a: Float64Array, n: number): number {
  throw new Error(`not yet: ${[a, n].length}`)
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
  throw new Error(`not yet: ${[a, n, b, nrhs, options].length}`)
}

/**
 * P A = L U with partial pivoting, in place: `pivots[i]` [n] is the row exchanged with row i. Returns -1, or the index
 * of the first zero pivot (the factorization is then complete but singular).
 */
export function luFactor(a: Float64Array, n: number, pivots: Int32Array): number {
  throw new Error(`not yet: ${[a, n, pivots].length}`)
}

/** Solves A X = B for B [n, nrhs] in place, destroying `a`. Returns -1, or the index of the first zero pivot. */
export function luSolve(a: Float64Array, n: number, b: Float64Array, nrhs: number): number {
  throw new Error(`not yet: ${[a, n, b, nrhs].length}`)
}

/**
 * Eigenvalues (ascending) and, when wanted, orthonormal eigenvectors (column j of the [n, n] `vectors` belongs to value j)
 * of a symmetric matrix; reads the lower triangle and leaves `a` unchanged.
 */
export function eigh(
  a: Float64Array,
  n: number,
  wantVectors: boolean,
): { readonly values: Float64Array; readonly vectors: Float64Array | null } {
  throw new Error(`not yet: ${[a, n, wantVectors].length}`)
}
