import {
  allocate,
  choleskyInPlace,
  cpuBackend,
  diagonal,
  eigh,
  matmul,
  matrixTranspose,
  mul,
  NtkError,
  reshape,
  type Tensor,
  tensorFromData,
  triangularSolve,
} from '@ntk/tensor'
import type { Gram } from './gram.js'
import { inDouble } from './host.js'
import { type Noise, varianceOf, writeNoise } from './noise.js'

/** A = K + σ² I of a training set of n samples, factored. */
export interface Factor {
  readonly n: number
  /** σ². */
  readonly variance: number
  /** log det A. */
  readonly logDet: number
  /** A⁻¹ b, of b [n, c]. */
  solve(b: Tensor): Tensor
  /** w [n, c] with wᵀ w = bᵀ A⁻¹ b. */
  whiten(b: Tensor): Tensor
  /** A⁻¹ [n, n]. */
  inverse(): Tensor
  /** R [n, n] with R Rᵀ = A⁻¹, of which rows of some samples give their block of A⁻¹. */
  inverseRoot(): Tensor
  /** The diagonal of A⁻¹. */
  inverseDiagonal(): Float64Array
}

/** Which factorization: Cholesky's is n³/3 operations, and an eigendecomposition some twenty times that, but serves every noise. */
export type Factorization = 'cholesky' | 'eigen'

/** By Cholesky; holds one array [n, n] beside the kernel. Throws NtkError 'not-positive-definite' with the noise to ask for. */
export function choleskyFactor({ kernel, n, scale, unit }: Gram, noise: Noise): Factor {
  const variance = varianceOf(noise, scale)
  const from = kernel.dataSync()
  const lower = allocate('float64', n * n)
  for (let at = 0, i = 0; i < n; i++, at += n) {
    lower.set(from.subarray(at, at + i + 1), at)
    lower[at + i] = (lower[at + i] as number) + variance
  }
  if (unit !== 1) for (let i = 0; i < lower.length; i++) lower[i] = (lower[i] as number) / unit
  const l = choleskyOf(tensorFromData(lower, [n, n], cpuBackend()), { scale, variance, noise })
  let half = 0
  for (const pivot of diagonal(l).dataSync()) half += Math.log(pivot)
  const root = Math.sqrt(unit)
  const whiten = (b: Tensor): Tensor => scaled(triangularSolve(l, b), 1 / root)
  return {
    n,
    variance,
    logDet: 2 * half + n * Math.log(unit),
    solve: (b) => scaled(triangularSolve(l, triangularSolve(l, b), { transpose: true }), 1 / unit),
    whiten,
    inverse() {
      const w = whiten(identity(n))
      return matmul(matrixTranspose(w), w)
    },
    inverseRoot: () => matrixTranspose(whiten(identity(n))),
    inverseDiagonal: () => columnSquares(whiten(identity(n))),
  }
}

interface Asked {
  readonly scale: number
  readonly variance: number
  readonly noise: Noise
}

function choleskyOf(a: Tensor, { scale, variance, noise }: Asked): Tensor {
  try {
    return choleskyInPlace(a)
  } catch (error) {
    if (!NtkError.isInstance(error) || error.code !== 'not-positive-definite') throw error
    throw singularError(error.got ?? '', { scale, variance, noise }, error)
  }
}

function singularError(got: string, { scale, variance, noise }: Asked, cause?: unknown): NtkError {
  const more = Math.max(1e-6 * scale, 100 * variance)
  return new NtkError('not-positive-definite', {
    what: 'The kernel of the training set, with its noise, needs to be positive definite.',
    got: `${got}${variance > 0 ? `, with the noise ${variance}` : ', without noise'}`,
    fix: `Use ${writeNoise(more, scale, noise)} or more, or remove repeated samples.`,
    cause,
  })
}

/** K = V diag(μ) Vᵀ, μ ascending: made once, it serves every noise by n² operations a solution. */
export interface Spectrum {
  readonly values: Float64Array
  readonly vectors: Tensor
}

export function spectrumOf({ kernel, unit }: Gram): Spectrum {
  const { values, vectors } = eigh(unit === 1 ? kernel : mul(kernel, 1 / unit))
  return { values: Float64Array.from(values.dataSync(), (v) => v * unit), vectors }
}

/** By the eigendecomposition. Throws NtkError 'not-positive-definite' where an eigenvalue, with the noise, is 0 or below but for rounding. */
export function eigenFactor({ n, scale }: Gram, { values, vectors }: Spectrum, noise: Noise): Factor {
  const variance = varianceOf(noise, scale)
  const largest = values[n - 1] as number
  const smallest = (values[0] as number) + variance
  if (!(smallest > n * 2 ** -52 * largest)) {
    throw singularError(`the eigenvalue ${values[0]}`, { scale, variance, noise })
  }
  const shifted = values.map((v) => v + variance)
  const roots = inDouble(
    shifted.map((v) => 1 / Math.sqrt(v)),
    [n, 1],
  )
  const back = matrixTranspose(vectors)
  const whiten = (b: Tensor): Tensor => mul(matmul(back, b), roots)
  let logDet = 0
  for (const v of shifted) logDet += Math.log(v)
  /** V diag(λ)^(−1/2), whose rows have the squares of A⁻¹'s diagonal. */
  const halves = (): Tensor => mul(vectors, reshape(roots, [1, n]))
  return {
    n,
    variance,
    logDet,
    solve: (b) => matmul(vectors, mul(whiten(b), roots)),
    whiten,
    inverse() {
      const half = halves()
      return matmul(half, matrixTranspose(half))
    },
    inverseRoot: halves,
    inverseDiagonal: () => columnSquares(matrixTranspose(halves())),
  }
}

function identity(n: number): Tensor {
  const ones = new Float64Array(n * n)
  for (let i = 0; i < n * n; i += n + 1) ones[i] = 1
  return inDouble(ones, [n, n])
}

function scaled(x: Tensor, factor: number): Tensor {
  return factor === 1 ? x : mul(x, factor)
}

/** Sums over the rows of squares, of each column of w [n, m]. */
export function columnSquares(w: Tensor): Float64Array {
  const [n, m] = w.shape as [number, number]
  const data = w.dataSync()
  const sums = new Float64Array(m)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      const v = data[i * m + j] as number
      sums[j] = (sums[j] as number) + v * v
    }
  }
  return sums
}
