import { choleskySolve, matmul, matrixTranspose, type Tensor, take, tensorFromData } from '@ntk/tensor'
import type { Factor } from './factor.js'
import { inDouble } from './host.js'

/** What a process says of samples that it did not see. */
export interface HeldOut {
  /** [n, outputs]. */
  readonly mean: Tensor
  /** [n], of the function. */
  readonly variance: Float64Array
}

/**
 * Predictions of each fold from all others, in closed form by one factorization: with A = K + σ²I and B = [A⁻¹]_FF of a fold F, mean
 * y_F − B⁻¹[A⁻¹y]_F and covariance B⁻¹ of its targets, σ² less of the function. Folds of one sample each are leave-one-out.
 */
export function heldOut(
  factor: Factor,
  y: Tensor,
  solution: Tensor,
  folds: readonly (readonly number[])[],
): HeldOut {
  const [n, outputs] = y.shape as [number, number]
  const [targets, dual] = [y.dataSync(), solution.dataSync()]
  const root = factor.inverseRoot()
  const mean = new Float64Array(n * outputs)
  const variance = new Float64Array(n)
  for (const fold of folds) {
    const m = fold.length
    const rows = take(root, tensorFromData(Int32Array.from(fold), [m]), 0)
    const block = matmul(rows, matrixTranspose(rows))
    const right = new Float64Array(m * (outputs + m))
    fold.forEach((i, r) => {
      for (let c = 0; c < outputs; c++) right[r * (outputs + m) + c] = dual[i * outputs + c] as number
      right[r * (outputs + m) + outputs + r] = 1
    })
    const solved = choleskySolve(block, inDouble(right, [m, outputs + m])).dataSync()
    fold.forEach((i, r) => {
      const row = r * (outputs + m)
      for (let c = 0; c < outputs; c++) {
        mean[i * outputs + c] = (targets[i * outputs + c] as number) - (solved[row + c] as number)
      }
      variance[i] = Math.max(0, (solved[row + outputs + r] as number) - factor.variance)
    })
  }
  return { mean: inDouble(mean, [n, outputs]), variance }
}

/** Folds of about the same size, each with about the same share of every class: samples in order, class by class, dealt in turns. */
export function dealtFolds(classes: ArrayLike<number>, folds: number): number[][] {
  const order = Array.from({ length: classes.length }, (_, i) => i).sort(
    (a, b) => (classes[a] as number) - (classes[b] as number) || a - b,
  )
  const dealt: number[][] = Array.from({ length: folds }, () => [])
  order.forEach((i, place) => {
    dealt[place % folds]?.push(i)
  })
  return dealt.filter((fold) => fold.length > 0)
}
