import { conditionNumberOf } from '@ntk/kernels-empirical'
import { cast, eigh, type Tensor } from '@ntk/tensor'

/** Eigenvalues of a symmetric matrix, largest first. */
export function eigenvaluesOf(matrix: Tensor): number[] {
  return Array.from(eigh(cast(matrix, 'float64')).values.dataSync()).reverse()
}

/** Largest over smallest eigenvalue; null where the smallest is not positive, as JSON knows no infinity. */
export function conditionOf(eigenvalues: readonly number[]): number | null {
  const condition = conditionNumberOf(eigenvalues)
  return Number.isFinite(condition) ? condition : null
}
