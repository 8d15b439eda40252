import { matmul, reshape, type Tensor, transpose } from '@ntk/tensor'
import { nonNegative, type RulesFor, readOptions } from '@ntk/tensor/options'
import { onHost, shapeError } from '../host.js'
import { precisionOf, regularizationRules } from '../options.js'
import type { Regularization } from '../regularization.js'
import { meanDiagonal, shiftOf, spectrumOf, trainKernel } from '../spectrum.js'
import { curveOf, type ExpectedLearningCurve, samplesRule } from './spectral.js'

export interface ExpectedLearningCurveOptions extends Regularization {
  /** Sizes of the training set. */
  readonly samples: readonly number[]
  /** Variance of independent noise of the training labels, 0 unless given. */
  readonly noise?: number | undefined
}

const rules = {
  samples: samplesRule,
  noise: nonNegative(0),
  ...regularizationRules,
} satisfies RulesFor<ExpectedLearningCurveOptions>

/**
 * The error that kernel regression is expected to have after so many samples, from the kernel [n, n] and the targets [n, ...] of a pool that stands for the
 * distribution of inputs: its spectrum divided by n, and the target's power along each eigenvector, in `spectralLearningCurve`, which has the theory and its
 * sources. The samples are drawn from the pool with replacement, so that a number near n says more of the pool than of the distribution. `diagReg` is the ridge: that of
 * `gpInference` and `gradientDescentMse`, as a multiple of the kernel's mean diagonal.
 *
 * Errors as of `gradientDescentMse`, and 'singular' as of `spectralLearningCurve`.
 */
export function expectedLearningCurve(
  kernel: Tensor,
  y: Tensor,
  options: ExpectedLearningCurveOptions,
): ExpectedLearningCurve {
  const { samples, noise, ...regularization } = readOptions('expectedLearningCurve', rules, options)
  const matrix = trainKernel(kernel, 'kernel')
  const n = matrix.shape[0] as number
  const targets = onHost(y, 'y')
  if (kernel.shape.length !== 2 || targets.shape[0] !== n || targets.size === 0) {
    throw shapeError(
      `y needs a shape [${n}, ...], beside a kernel [n, n]: expectedLearningCurve takes one kernel for all outputs.`,
      targets.shape,
    )
  }
  const outputs = targets.size / n
  const none = { diagReg: 0, diagRegAbsolute: false }
  const { own, vectors } = spectrumOf(matrix, 'kernel', none, precisionOf(kernel.dtype))
  // φ_ρ = √n v_ρ is orthonormal in the mean over the pool: η_ρ = λ_ρ / n, a_ρ = v_ρᵀ y / √n
  const coefficients = matmul(transpose(vectors), reshape(targets, [n, outputs])).dataSync()
  const powers = new Float64Array(n)
  coefficients.forEach((c: number, i: number) => {
    const mode = Math.floor(i / outputs)
    powers[mode] = (powers[mode] as number) + c ** 2 / (n * outputs)
  })
  const ridge = shiftOf(regularization, meanDiagonal(matrix.dataSync(), n))
  return curveOf({ eigenvalues: own.map((v) => v / n), powers }, samples, ridge, noise)
}
