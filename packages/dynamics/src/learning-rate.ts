import { NtkError, sizeOf, type Tensor } from '@ntk/tensor'
import { shapeError, toHost } from './host.js'
import { largestEigenvalue } from './lanczos.js'
import { trainKernel } from './spectrum.js'

export interface MaxLearningRateOptions {
  /** Size of y (samples times outputs) for the mean loss; 1 (the default) for the total loss. */
  readonly ySize?: number
  /** Heavy-ball momentum, 0 unless given. */
  readonly momentum?: number
}

/**
 * The largest learning rate at which gradient descent on the squared loss is stable: 2 (1 + m) / λ_max, times the size of y for the
 * mean loss (Lee et al. 2019, section 2.2; with momentum Polyak 1964). Takes Θ of the training set [n, n] or [n, n, k, k], or its
 * eigenvalues [n]. Throws NtkError 'value' where no eigenvalue is positive.
 */
export function maxLearningRate(kernelOrEigenvalues: Tensor, options: MaxLearningRateOptions = {}): number {
  const { ySize = 1, momentum = 0 } = options
  if (!(ySize > 0 && Number.isFinite(ySize))) {
    throw new NtkError('option', { what: 'ySize needs a positive number.', got: String(ySize) })
  }
  if (!(momentum >= 0 && momentum < 1)) {
    throw new NtkError('option', { what: 'momentum needs a number in [0, 1).', got: String(momentum) })
  }
  const largest = largestOf(kernelOrEigenvalues)
  if (!(largest > 0)) {
    throw new NtkError('value', {
      what: 'maxLearningRate needs a kernel with a positive eigenvalue.',
      got: `${largest} as the largest`,
    })
  }
  return (2 * (1 + momentum) * ySize) / largest
}

function largestOf(x: Tensor): number {
  if (sizeOf(x.shape) === 0) throw shapeError('maxLearningRate needs a kernel, or its eigenvalues.', x.shape)
  if (x.shape.length > 1) return largestEigenvalue(trainKernel(x, 'kernel'))
  return Array.from(toHost(x, 'eigenvalues').dataSync()).reduce((a, b) => Math.max(a, b))
}
