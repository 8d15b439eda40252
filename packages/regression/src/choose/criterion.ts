import { matmul, matrixTranspose, type Tensor } from '@ntk/tensor'
import type { Factor } from '../algebra/factor.js'
import { inDouble } from '../algebra/host.js'

/** What hyperparameters are chosen by. */
export type Criterion = 'marginal-likelihood' | 'leave-one-out'

/** A log likelihood, and its derivative in the kernel with its noise: dL = Σ_ij G_ij dA_ij, G [n, n] symmetric. */
export interface Likelihood {
  readonly value: number
  readonly cotangent: Float64Array
}

/** The log likelihood of targets [n, outputs] by a criterion. */
export function likelihoodOf(criterion: Criterion, factor: Factor, y: Tensor): Likelihood {
  return criterion === 'marginal-likelihood' ? marginal(factor, y) : leftOut(factor, y)
}

/** G = ½ (Σ α αᵀ − C A⁻¹) over C outputs, α = A⁻¹y (Rasmussen and Williams 2006, eq. 5.9). */
function marginal(factor: Factor, y: Tensor): Likelihood {
  const [n, outputs] = y.shape as [number, number]
  const dual = factor.solve(y)
  const [targets, alpha] = [y.dataSync(), dual.dataSync()]
  let fit = 0
  for (let i = 0; i < targets.length; i++) fit += (targets[i] as number) * (alpha[i] as number)
  const products = matmul(dual, matrixTranspose(dual)).dataSync()
  const inverse = factor.inverse().dataSync()
  const cotangent = new Float64Array(n * n)
  for (let i = 0; i < n * n; i++) {
    cotangent[i] = ((products[i] as number) - outputs * (inverse[i] as number)) / 2
  }
  const value = -fit / 2 - (outputs / 2) * (factor.logDet + n * Math.log(2 * Math.PI))
  return { value, cotangent }
}

/**
 * With d the diagonal of A⁻¹, L = Σ ½ log d_i − α_i²/(2 d_i) − ½ log 2π (eq. 5.10 to 5.12), dα = −A⁻¹ dA α and dd_i = −[A⁻¹ dA A⁻¹]_ii give
 * G = −A⁻¹ diag(w) A⁻¹ + ½ (α vᵀ + v αᵀ), w_i = 1/(2 d_i) + α_i²/(2 d_i²), v = A⁻¹(α/d); outputs add up.
 */
function leftOut(factor: Factor, y: Tensor): Likelihood {
  const [n, outputs] = y.shape as [number, number]
  const dual = factor.solve(y)
  const alpha = dual.dataSync()
  const inverseMatrix = factor.inverse()
  const inverse = inverseMatrix.dataSync()
  const weights = new Float64Array(n)
  const ratios = new Float64Array(n * outputs)
  let value = (-n * outputs * Math.log(2 * Math.PI)) / 2
  for (let i = 0; i < n; i++) {
    const d = inverse[i * (n + 1)] as number
    weights[i] = outputs / (2 * d)
    for (let c = i * outputs; c < (i + 1) * outputs; c++) {
      const a = alpha[c] as number
      value += (Math.log(d) - (a * a) / d) / 2
      weights[i] = (weights[i] as number) + (a / d) ** 2 / 2
      ratios[c] = a / d
    }
  }
  const weighted = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) weighted[i * n + j] = (weights[i] as number) * (inverse[i * n + j] as number)
  }
  const first = matmul(inverseMatrix, inDouble(weighted, [n, n])).dataSync()
  const v = factor.solve(inDouble(ratios, [n, outputs]))
  const second = matmul(dual, matrixTranspose(v)).dataSync()
  const cotangent = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const sym = (second[i * n + j] as number) + (second[j * n + i] as number)
      cotangent[i * n + j] = sym / 2 - ((first[i * n + j] as number) + (first[j * n + i] as number)) / 2
    }
  }
  return { value, cotangent }
}
