import { eigh, matmul, type Tensor, tensorFromData, transpose } from '@ntk/tensor'
import type { Coordinates } from './coordinates.js'
import { projectedHessian } from './curvature.js'
import type { Hessian } from './loss-derivatives.js'
import { type NewtonStep, negligible, newtonByConjugateGradients } from './newton-iterated.js'

/** Unknowns up to which the curvature is made and decomposed: at once, and where conjugate gradients came to nothing. */
const [few, some] = [256, 3072]

/**
 * u with (Vᵀ ∇²L V) u = −Vᵀ ∇L, without directions that have no curvature or one below 0, for ∇L [n p, q]: by eigenvectors where unknowns are few, else by conjugate gradients,
 * with products alone. Null where these come to no solution, and unknowns are too many for eigenvectors. `way` names one of both.
 */
export function newtonStep(
  coordinates: Coordinates,
  hessian: Hessian,
  gradient: Float64Array,
  way: 'eigenvectors' | 'conjugateGradients' | null = null,
): NewtonStep | null {
  const { vectors, rank, q } = coordinates
  const column = (x: Float64Array, rows: number, columns: number): Tensor =>
    tensorFromData(x, [rows, columns], vectors.backend)
  const pulled = matmul(transpose(vectors), column(gradient, vectors.shape[0] as number, q))
  const slope = pulled.dataSync() as Float64Array
  const size = rank * q
  const iterates = hessian.separable ? size > few : size > some
  if (way === null ? iterates : way === 'conjugateGradients') {
    const found = newtonByConjugateGradients(coordinates, hessian, slope)
    if (found !== null || way !== null || size > some) return found
  }
  const { values, vectors: directions } = eigh(column(projectedHessian(coordinates, hessian), size, size))
  const curvatures = values.dataSync() as Float64Array
  const slopes = matmul(transpose(directions), column(slope, size, 1)).dataSync()
  const largest = curvatures.reduce((a, v) => Math.max(a, Math.abs(v)), 0)
  let left = 0
  const along = curvatures.map((curvature, i) => {
    const own = slopes[i] as number
    if (curvature > negligible * largest) return -own / curvature
    left = Math.max(left, Math.abs(own))
    return 0
  })
  return { u: matmul(directions, column(along, size, 1)).dataSync() as Float64Array, left }
}
