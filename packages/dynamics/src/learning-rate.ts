import { NtkError, sizeOf, type Tensor } from '@ntk/tensor'
import { number, positive, type RulesFor, readOptions, requireTensor } from '@ntk/tensor/options'
import { onHost, shapeError } from './host.js'
import { largestEigenvalue } from './lanczos.js'
import { trainKernel } from './spectrum.js'

export interface MaxLearningRateOptions {
  /** Size of y (samples times outputs) for the mean loss; 1 (the default) for the total loss. */
  readonly ySize?: number | undefined
  /** Heavy-ball momentum, 0 unless given. */
  readonly momentum?: number | undefined
}

const rules = {
  ySize: positive(1),
  momentum: number('a number in [0, 1)', (v) => v >= 0 && v < 1, 0),
} satisfies RulesFor<MaxLearningRateOptions>

/**
 * The largest learning rate at which gradient descent on the squared loss is stable: 2 (1 + m) / λ_max, times the size of y for the
 * mean loss (Lee et al. 2019, section 2.2; with momentum Polyak 1964). Takes Θ of the training set [n, n] or [n, n, k, k], or its
 * eigenvalues [n]. Throws NtkError 'value' where no eigenvalue is positive.
 */
export function maxLearningRate(kernelOrEigenvalues: Tensor, options?: MaxLearningRateOptions): number {
  const { ySize, momentum } = readOptions('maxLearningRate', rules, options)
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
  requireTensor(x, 'The kernel of maxLearningRate')
  if (sizeOf(x.shape) === 0) throw shapeError('maxLearningRate needs a kernel, or its eigenvalues.', x.shape)
  if (x.shape.length > 1) return largestEigenvalue(trainKernel(x, 'kernel'))
  return Array.from(onHost(x, 'eigenvalues').dataSync()).reduce((a, b) => Math.max(a, b))
}
