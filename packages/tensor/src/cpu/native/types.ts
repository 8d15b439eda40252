/** Which triangle of a square matrix holds the data, seen row-major. */
export type Triangle = 'lower' | 'upper'
export type Side = 'left' | 'right'

/**
 * The machine's own BLAS on raw typed arrays, everything row-major. `lda`, `ldb`, `ldc` are distances between rows
 * in elements. An operand that starts inside a buffer is passed as `data.subarray(start)`; arrays may lie on a
 * SharedArrayBuffer. Nothing is copied. Every call checks that the operands lie inside their arrays and throws
 * NtkError 'shape' otherwise. Empty sizes are allowed.
 */
export interface NativeBlas {
  readonly description: NativeDescription
  /** LAPACK of the same library (or of one beside it); null where there is none. */
  readonly lapack: NativeLapack | null
  /** C = alpha op(A) op(B) + beta C with op(A) [m, k], op(B) [k, n], C [m, n]. With beta 0, C is not read. */
  readonly dgemm: Gemm<Float64Array>
  readonly sgemm: Gemm<Float32Array>
  /** One triangle of C = alpha A A^T + beta C (A [n, k]), or of alpha A^T A + beta C where `trans` (A [k, n]). */
  readonly dsyrk: Syrk<Float64Array>
  readonly ssyrk: Syrk<Float32Array>
  /** B [m, n] becomes X of op(A) X = alpha B (left) or X op(A) = alpha B (right), A triangular. */
  readonly dtrsm: Trsm<Float64Array>
  readonly strsm: Trsm<Float32Array>
  /** Threads the library uses now; null where it does not say. */
  threads(): number | null
  /** Asks for that many threads; returns whether the library can be asked. It is a setting of the whole process. */
  setThreads(count: number): boolean
}

export type Gemm<T> = (
  transA: boolean,
  transB: boolean,
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: T,
  lda: number,
  b: T,
  ldb: number,
  beta: number,
  c: T,
  ldc: number,
) => void

export type Syrk<T> = (
  triangle: Triangle,
  trans: boolean,
  n: number,
  k: number,
  alpha: number,
  a: T,
  lda: number,
  beta: number,
  c: T,
  ldc: number,
) => void

export type Trsm<T> = (
  side: Side,
  triangle: Triangle,
  trans: boolean,
  unitDiagonal: boolean,
  m: number,
  n: number,
  alpha: number,
  a: T,
  lda: number,
  b: T,
  ldb: number,
) => void

/** LAPACK on raw row-major typed arrays. All work in place and return LAPACK's `info` (0 is success). */
export interface NativeLapack {
  /**
   * Cholesky factor of the given triangle in place (A = L L^T for lower, U^T U for upper); the other triangle is
   * left as it is. Returns i > 0 when the leading minor of order i is not positive definite.
   */
  readonly dpotrf: Potrf<Float64Array>
  readonly spotrf: Potrf<Float32Array>
  /**
   * Eigenvalues of a symmetric matrix (its lower triangle is read) into `w` [n], ascending. A is overwritten: with
   * `vectors`, row i of A becomes the unit eigenvector of w[i] (rows, not columns); else its content is lost.
   * Returns i > 0 when the iteration did not converge.
   */
  readonly dsyevd: Syevd<Float64Array>
  readonly ssyevd: Syevd<Float32Array>
  /** B [n, nrhs] becomes X of A X = B; A is overwritten. Returns i > 0 when pivot i is exactly zero. */
  readonly dgesv: Gesv<Float64Array>
  readonly sgesv: Gesv<Float32Array>
}

export type Potrf<T> = (triangle: Triangle, n: number, a: T, lda: number) => number
export type Syevd<T> = (n: number, a: T, lda: number, w: T, vectors: boolean) => number
export type Gesv<T> = (n: number, nrhs: number, a: T, lda: number, b: T, ldb: number) => number

export type NativeFamily = 'openblas' | 'mkl' | 'accelerate' | 'blis' | 'flexiblas' | 'unknown'

/** What is in use, or why nothing is. Plain data, for `ntk doctor`. */
export interface NativeDescription {
  readonly inUse: boolean
  readonly family: NativeFamily | null
  /** The file that was loaded, or the name the system's loader found it by. */
  readonly library: string | null
  /** Where LAPACK comes from; null where there is none. */
  readonly lapack: string | null
  /** Version and build as the library tells them. */
  readonly config: string | null
  /** The processor type whose kernels it runs (OpenBLAS). */
  readonly core: string | null
  /** The OPENBLAS_CORETYPE that was set while loading because the library's own detection may not know this CPU. */
  readonly chosenCore: string | null
  /** Integers of its interface: 32 or 64 bits. */
  readonly integerBits: 32 | 64 | null
  readonly threads: number | null
  /** Why nothing is in use; null when something is. */
  readonly reason: string | null
  /** What was tried before and why it was passed over; hints, such as a core type behind the CPU. */
  readonly notes: readonly string[]
}
