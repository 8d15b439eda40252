import { reshape, sizeOf, type Tensor, tensorFromData } from '@ntk/tensor'
import {
  aFunction,
  aSignal,
  nonNegativeInteger,
  optional,
  orNull,
  positive,
  positiveInteger,
  type RulesFor,
  readOptions,
  text,
} from '@ntk/tensor/options'
import { fromHost, onHost, shapeError } from '../host.js'
import { regularizationRules } from '../options.js'
import type { Regularization } from '../regularization.js'
import { shiftOf } from '../spectrum.js'
import { iterate } from './iterate.js'
import { openKernel } from './kernel.js'
import { lookAt } from './look.js'
import { pivotedPreconditioner } from './preconditioner.js'
import type { KernelSource } from './readers.js'

export interface ConjugateGradientsOptions extends Regularization {
  /** Of a result of tiles: the array that is the kernel, 'ntk'. May be left out where there is but one. */
  readonly get?: string | undefined
  /** How small ‖y − K x‖ / ‖y‖ must become for each output; 1e-10 unless given. */
  readonly tolerance?: number | undefined
  /** Products with the kernel after which it is given up, 1000 unless given. */
  readonly maxIterations?: number | undefined
  /**
   * Rank of the partial Cholesky factorization that preconditions, 100 unless given: as many rows of the kernel are read, and held. 0: the
   * diagonal of the kernel preconditions. Null: nothing does.
   */
  readonly rank?: number | null | undefined
  /** After each iteration. The unit is iterations, of which nobody knows the number; `residual` is the largest of the outputs. */
  readonly onProgress?: ((progress: ConjugateGradientsProgress) => void) | undefined
  /** Ends the solve with NtkError 'aborted' at the next block. */
  readonly signal?: AbortSignal | undefined
}

export interface ConjugateGradientsProgress {
  readonly done: number
  readonly total: null
  readonly residual: number
}

export interface ConjugateGradientsSolution {
  /** (K + regularizer)⁻¹ y, shaped like y: any output is its kernel to the training set times this. */
  readonly solution: Tensor
  /** ‖y − (K + regularizer) x‖ / ‖y‖ of each output (of all together where the kernel couples them), by a product at the end. */
  readonly residuals: readonly number[]
  /** Iterations of the slowest output: products with the kernel, but for one at the start and one at the end. */
  readonly iterations: number
}

const rules = {
  ...regularizationRules,
  get: optional(text()),
  tolerance: positive(1e-10),
  maxIterations: positiveInteger(1000),
  rank: orNull(nonNegativeInteger(), 100),
  onProgress: optional(aFunction<NonNullable<ConjugateGradientsOptions['onProgress']>>()),
  signal: optional(aSignal()),
} satisfies RulesFor<ConjugateGradientsOptions>

/**
 * Solves (K + regularizer) x = y by preconditioned conjugate gradients against a kernel that is read block by block and never gathered:
 * what `gpInference` and `gradientDescentMse` at t = Infinity multiply kernels with, for training sets whose kernel does not
 * fit in memory or whose Cholesky factorization takes too long. All outputs share the passes over the kernel; of one triangle that is stored, each
 * block serves twice. Holds one block, the rows of the preconditioner and six arrays like y.
 *
 * `kernel` is a tensor [n, n], or [n, n, k, k] of coupled outputs; a result of tiles (what `kernelFn` gives with a sink, `openDirectory`,
 * `openNpyFiles`); or { n, readRows } that computes rows. `yTrain` [n, ...]. In float64, given in the dtype of y.
 * Source: Gardner et al. 2018, GPyTorch: Blackbox Matrix-Matrix Gaussian Process Inference with GPU Acceleration.
 *
 * Throws NtkError 'no-convergence' where the tolerance is not reached: no solution is given that misses it; 'not-positive-definite' where the kernel
 * turns out to be none; 'value' where it is not symmetric; 'shape', 'not-finite', 'option', 'aborted', and what its reader throws.
 */
export async function solveByConjugateGradients(
  kernel: KernelSource,
  yTrain: Tensor,
  options?: ConjugateGradientsOptions,
): Promise<ConjugateGradientsSolution> {
  const { get, tolerance, maxIterations, rank, onProgress, signal, ...regularization } = readOptions(
    'solveByConjugateGradients',
    rules,
    options,
  )
  const y = onHost(yTrain, 'yTrain')
  const matrix = openKernel(kernel, get, signal)
  const { size, samples, outputs } = matrix
  const targets = sizeOf(y.shape.slice(1))
  if (y.shape[0] !== samples || targets === 0) {
    throw shapeError(`yTrain needs a shape [${samples}, ...]: the kernel is of ${samples} samples.`, y.shape)
  }
  if (outputs !== 1 && targets !== outputs) {
    throw shapeError(`yTrain needs ${outputs} outputs a sample: the kernel couples so many.`, y.shape)
  }
  const k = outputs === 1 ? targets : 1
  const diagonal = await lookAt(matrix)
  const shift = shiftOf(regularization, diagonal.reduce((a, b) => a + b, 0) / size)
  const times = async (v: Float64Array, columns: number): Promise<Float64Array> => {
    const product = await matrix.times(v, columns)
    return shift === 0 ? product : product.map((w, i) => w + shift * (v[i] as number))
  }
  const precondition =
    rank === null
      ? (r: Float64Array) => r.slice()
      : await pivotedPreconditioner(matrix, diagonal, shift, rank)
  const b = Float64Array.from(y.dataSync())
  const { x, residuals, iterations } = await iterate(
    { times, precondition, b, k },
    {
      tolerance,
      maxIterations,
      onIteration: (done, residual) => onProgress?.({ done, total: null, residual }),
    },
  )
  const solution = fromHost(reshape(tensorFromData(x, [x.length]), y.shape), yTrain)
  return { solution, residuals, iterations }
}
