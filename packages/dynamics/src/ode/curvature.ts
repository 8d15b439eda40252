import {
  cholesky,
  matmul,
  NtkError,
  type Tensor,
  tensorFromData,
  transpose,
  triangularSolve,
} from '@ntk/tensor'
import { conjugateGradients } from './conjugate-gradients.js'
import type { Coordinates } from './coordinates.js'
import type { Hessian } from './loss-derivatives.js'

type Solve = (r: Float64Array) => Float64Array

/** M = Aᵀ ∇²L A, as far as methods need it. */
export interface Curvature {
  /** Solves (I + c M) x = r; null where that matrix is not positive definite, as it is for every c of a convex loss. */
  shifted(c: number): Solve | null
}

/** Unknowns up to which M is made and factored; beyond it is multiplied with, in conjugate gradients. */
export const denseUnknowns = 1536

/**
 * Vᵀ ∇²L V [r q, r q], the curvature of the loss in what the kernel can move, free of the kernel's own eigenvalues. Blocks [r, r] are Vᵀ H_bb' V, b and b' two
 * of the q outputs that the kernel serves alike.
 */
export function projectedHessian({ vectors, rank, q }: Coordinates, hessian: Hessian): Float64Array {
  const rows = vectors.shape[0] as number
  const size = rank * q
  const out = new Float64Array(size * size)
  const adjoint = transpose(vectors)
  const v = vectors.dataSync()
  const multiply = (x: Float64Array, columns: number): ArrayLike<number> =>
    matmul(adjoint, tensorFromData(x, [rows, columns], vectors.backend)).dataSync()
  if (!hessian.separable) {
    for (let j = 0; j < rank; j++) {
      for (let b = 0; b < q; b++) {
        const direction = new Float64Array(rows * q)
        for (let row = 0; row < rows; row++) direction[row * q + b] = v[row * rank + j] as number
        const column = multiply(hessian.times(direction), q)
        for (let i = 0; i < size; i++) out[i * size + j * q + b] = column[i] as number
      }
    }
    return out
  }
  const k = hessian.blocks.length === 0 ? 1 : hessian.blocks.length / (rows * q)
  const p = k / q
  for (let b = 0; b < q; b++) {
    for (let d = b; d < q; d++) {
      const turned = new Float64Array(rows * rank)
      for (let row = 0; row < rows; row++) {
        const first = row - (row % p)
        for (let a = 0; a < p; a++) {
          const h = hessian.blocks[(row * q + b) * k + a * q + d] as number
          if (h === 0) continue
          for (let j = 0; j < rank; j++) {
            turned[row * rank + j] =
              (turned[row * rank + j] as number) + h * (v[(first + a) * rank + j] as number)
          }
        }
      }
      const block = multiply(turned, rank)
      for (let i = 0; i < rank; i++) {
        for (let j = 0; j < rank; j++) {
          const entry = block[i * rank + j] as number
          out[(i * q + b) * size + j * q + d] = entry
          out[(j * q + d) * size + i * q + b] = entry
        }
      }
    }
  }
  return out
}

/** The curvature at a point: by Cholesky of its matrix, or by conjugate gradients where this is larger than `dense`. */
export function curvatureOf(
  coordinates: Coordinates,
  hessian: Hessian,
  dense: number = denseUnknowns,
): Curvature {
  const { shares, rank, q, vectors } = coordinates
  const size = rank * q
  if (size > dense) return { shifted: (c) => conjugateGradients(coordinates, hessian, c) }
  let projected: Float64Array | null = null
  return {
    shifted(c) {
      projected ??= projectedHessian(coordinates, hessian)
      const matrix = new Float64Array(size * size)
      for (let i = 0; i < size; i++) {
        const left = c * Math.sqrt(shares[Math.floor(i / q)] as number)
        for (let j = 0; j < size; j++) {
          const weight = left * Math.sqrt(shares[Math.floor(j / q)] as number)
          matrix[i * size + j] = weight * (projected[i * size + j] as number)
        }
        matrix[i * size + i] = (matrix[i * size + i] as number) + 1
      }
      const factor = factorOf(tensorFromData(matrix, [size, size], vectors.backend))
      if (factor === null) return null
      return (r) => {
        const half = triangularSolve(factor, tensorFromData(r, [size], vectors.backend))
        return triangularSolve(factor, half, { transpose: true }).dataSync() as Float64Array
      }
    },
  }
}

function factorOf(matrix: Tensor): Tensor | null {
  try {
    return cholesky(matrix)
  } catch (error) {
    if (NtkError.isInstance(error)) return null
    throw error
  }
}
