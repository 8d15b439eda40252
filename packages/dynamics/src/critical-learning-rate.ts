import { NtkError, type Tensor } from '@ntk/tensor'
import { optional, positive, type RulesFor, readOptions, requireTensor } from '@ntk/tensor/options'
import { onHost } from './host.js'
import { precisionOf } from './options.js'
import { spectrumOf, trainKernel } from './spectrum.js'

export interface CriticalLearningRateOptions {
  /** Size of y (samples times outputs) for the mean loss; 1 (the default) for the total loss. */
  readonly ySize?: number | undefined
}

const rules = { ySize: optional(positive()) } satisfies RulesFor<CriticalLearningRateOptions>

/**
 * η_critical = 2 / (λ_min + λ_max) of Θ, times the size of y for the mean loss: below it a wide enough network trained by gradient descent on
 * the squared loss stays by its linearization (Lee et al. 2019, Theorem 2.1), and at it the slowest eigenvector is learnt soonest, by
 * (κ − 1) / (κ + 1) a step. Takes Θ of the training set [n, n] or [n, n, k, k], or its eigenvalues [n]. The theorem asks for λ_min > 0; of a singular
 * kernel it is 2 / λ_max.
 *
 * Throws NtkError 'not-positive-definite' on an eigenvalue that is negative beyond rounding, 'value' where all are 0.
 */
export function criticalLearningRate(
  kernelOrEigenvalues: Tensor,
  options?: CriticalLearningRateOptions,
): number {
  const { ySize } = readOptions('criticalLearningRate', rules, options)
  const values = eigenvaluesOf(kernelOrEigenvalues)
  const least = values.reduce((a, b) => Math.min(a, b), Infinity)
  const most = values.reduce((a, b) => Math.max(a, b), 0)
  if (!(most > 0)) {
    throw new NtkError('value', {
      what: 'criticalLearningRate needs a kernel with a positive eigenvalue.',
      got: `${most} as the largest`,
    })
  }
  return (2 * (ySize ?? 1)) / (least + most)
}

/** Those that are 0 but for rounding are 0. */
function eigenvaluesOf(x: Tensor): Float64Array {
  requireTensor(x, 'The kernel of criticalLearningRate')
  const precision = precisionOf(x.dtype)
  if (x.shape.length !== 1) {
    const none = { diagReg: 0, diagRegAbsolute: false }
    return spectrumOf(trainKernel(x, 'kernel'), 'kernel', none, precision).values
  }
  const given = Float64Array.from(onHost(x, 'eigenvalues').dataSync())
  const doubt = given.length * precision * given.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  const least = given.reduce((a, b) => Math.min(a, b), Infinity)
  if (least < -doubt) {
    throw new NtkError('not-positive-definite', {
      what: 'criticalLearningRate needs the eigenvalues of a positive semidefinite kernel.',
      got: String(least),
    })
  }
  return given.map((v) => (Math.abs(v) <= doubt ? 0 : v))
}
