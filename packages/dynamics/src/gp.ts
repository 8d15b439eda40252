import { cholesky, matmul, reshape, sizeOf, sub, type Tensor, transpose, triangularSolve } from '@ntk/tensor'
import { aTensor, optional, type RulesFor, readOptions } from '@ntk/tensor/options'
import { fromHost, onHost, shapeError } from './host.js'
import { readRegularization } from './options.js'
import type { Regularization } from './regularization.js'
import { regularize, trainKernel } from './spectrum.js'

export interface GpInput {
  /** k(test, train) [m, n]. */
  readonly kTestTrain: Tensor
  /** k(test, test) [m, m]; without it no covariance is given. */
  readonly kTestTest?: Tensor | undefined
}

export interface GpPosterior {
  /** [m, ...]. */
  readonly mean: Tensor
  /** [m, m], the same for every output; null without `kTestTest`. */
  readonly covariance: Tensor | null
}

const inputRules = { kTestTrain: aTensor(), kTestTest: optional(aTensor()) } satisfies RulesFor<GpInput>

/**
 * The posterior of a Gaussian process with covariance k (an NNGP: what training the readout alone to the end converges to) after
 * seeing y: mean k(x, X) k⁻¹ y, covariance k(x, x) − k(x, X) k⁻¹ k(X, x), by Cholesky. kTrainTrain [n, n], yTrain [n, ...].
 * Throws NtkError 'not-positive-definite', naming the pivot, where the kernel is singular: use `diagReg`.
 */
export function gpInference(
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options?: Regularization,
): (input: GpInput) => GpPosterior {
  const regularization = readRegularization('gpInference', options)
  const y = onHost(yTrain, 'yTrain')
  const kernel = regularize(trainKernel(kTrainTrain, 'kTrainTrain'), regularization)
  const n = kernel.shape[0] as number
  if (kTrainTrain.shape.length !== 2 || y.shape[0] !== n) {
    throw shapeError(`yTrain needs a shape [${n}, ...]: kTrainTrain is of ${n} samples.`, y.shape)
  }
  const outputs = sizeOf(y.shape.slice(1))
  const factor = cholesky(kernel)
  const whitened = triangularSolve(factor, reshape(y, [n, outputs]))
  return (input) => {
    const { kTestTrain, kTestTest } = readOptions('the posterior of gpInference', inputRules, input)
    const across = onHost(kTestTrain, 'kTestTrain')
    const m = across.shape[0] as number
    if (across.shape.length !== 2 || across.shape[1] !== n) {
      throw shapeError(`kTestTrain needs a shape [m, ${n}].`, across.shape)
    }
    const half = triangularSolve(factor, transpose(across))
    const back = transpose(half)
    const mean = reshape(matmul(back, whitened), [m, ...y.shape.slice(1)])
    if (kTestTest === undefined) return { mean: fromHost(mean, yTrain), covariance: null }
    const own = onHost(kTestTest, 'kTestTest')
    if (own.shape.length !== 2 || own.shape[0] !== m || own.shape[1] !== m) {
      throw shapeError(`kTestTest needs a shape [${m}, ${m}].`, own.shape)
    }
    return { mean: fromHost(mean, yTrain), covariance: fromHost(sub(own, matmul(back, half)), yTrain) }
  }
}
