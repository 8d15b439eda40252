import { NtkError, showShape, sizeOf, type Tensor } from '@ntk/tensor'
import {
  boolean,
  nonNegative,
  number,
  optional,
  positive,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireTensor,
} from '@ntk/tensor/options'
import { largestOfBatches } from './batches.js'
import { onHost, shapeError } from './host.js'
import { largestEigenvalue } from './lanczos.js'
import { trainKernel } from './spectrum.js'

export interface MaxLearningRateOptions {
  /** Size of y (samples times outputs) for the mean loss; 1 (the default) for the total loss. */
  readonly ySize?: number | undefined
  /** Heavy-ball momentum, 0 unless given. */
  readonly momentum?: number | undefined
  /** Nesterov's look-ahead, as `momentum(rate, mass, { nesterov: true })` of @ntk/optim has it; false unless given. */
  readonly nesterov?: boolean | undefined
  /** d of `weightDecay(d)` before the momentum, 0 unless given: it adds d to the eigenvalues that steps see. */
  readonly weightDecay?: number | undefined
  /** Samples that each step draws; all unless given. */
  readonly batchSize?: number | undefined
}

const rules = {
  ySize: optional(positive()),
  momentum: number('a number in [0, 1)', (v) => v >= 0 && v < 1, 0),
  nesterov: boolean(false),
  weightDecay: nonNegative(0),
  batchSize: optional(positiveInteger()),
} satisfies RulesFor<MaxLearningRateOptions>

/**
 * The largest learning rate at which gradient descent on the squared loss is stable, by λ_max of Θ, the kernel of the training set [n, n] or
 * [n, n, k, k] or its eigenvalues [n]; for the mean loss times the size of y.
 *
 * - gradient descent: 2 / λ_max (Lee et al. 2019, section 2.2);
 * - momentum m: 2 (1 + m) / λ_max (Polyak 1964);
 * - Nesterov's: 2 (1 + m) / ((1 + 2 m) λ_max), where an eigenvalue of the step v' = m v − s θ, θ' = θ + m v' − s θ passes −1, s = η λ.
 *
 * With `batchSize` it is a rate at which no draw of batches makes training diverge, which may be below the largest such: 2 (1 − m) / L,
 * where L bounds λ_max of every batch's own kernel. For θ' = θ − η H_B θ + m (θ − θ_before), with α = η / (1 − m) and z = θ + m / (1 − m)
 * (θ − θ_before), E‖z‖² + α m / (1 − m) θᵀ E[H] θ does not grow while α L ≤ 2. Momentum adds here what it gains in full batches. Nesterov's
 * has z = θ + m² / (1 − m) v, whose cross term holds also the last gradient, η L m / (1 − m) more: 2 (1 − m) / ((1 + 2 m) L).
 *
 * Throws NtkError 'value' where no eigenvalue is positive, 'shape' for eigenvalues in place of the kernel with `batchSize`.
 */
export function maxLearningRate(kernelOrEigenvalues: Tensor, options?: MaxLearningRateOptions): number {
  const { ySize, momentum, nesterov, weightDecay, batchSize } = readOptions('maxLearningRate', rules, options)
  const largest = largestOf(kernelOrEigenvalues, batchSize, ySize !== undefined)
  if (!(largest > 0)) {
    throw new NtkError('value', {
      what: 'maxLearningRate needs a kernel with a positive eigenvalue.',
      got: `${largest} as the largest`,
    })
  }
  const all = batchSize === undefined || batchSize >= (kernelOrEigenvalues.shape[0] as number)
  const edge = (2 * (all ? 1 + momentum : 1 - momentum)) / (nesterov ? 1 + 2 * momentum : 1)
  const size = ySize ?? 1
  return weightDecay === 0 ? (edge * size) / largest : edge / (largest / size + weightDecay)
}

/** λ_max of the training set's kernel; or of any batch's, times the share that the batch is of the set for the mean loss. */
function largestOf(x: Tensor, batchSize: number | undefined, mean: boolean): number {
  requireTensor(x, 'The kernel of maxLearningRate')
  if (sizeOf(x.shape) === 0) throw shapeError('maxLearningRate needs a kernel, or its eigenvalues.', x.shape)
  const samples = x.shape[0] as number
  if (x.shape.length > 1) {
    const kernel = trainKernel(x, 'kernel')
    const largest = largestEigenvalue(kernel)
    if (batchSize === undefined || batchSize >= samples) return largest
    return largestOfBatches(kernel, { samples, batchSize, largest, mean })
  }
  if (batchSize !== undefined) {
    throw new NtkError('shape', {
      what: 'maxLearningRate with batchSize needs the kernel: eigenvalues say nothing of batches.',
      got: showShape(x.shape),
      fix: 'Give the kernel of the training set, [n, n] or [n, n, k, k].',
    })
  }
  return Array.from(onHost(x, 'eigenvalues').dataSync()).reduce((a, b) => Math.max(a, b))
}
