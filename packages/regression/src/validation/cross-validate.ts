import {
  concatenate,
  type Key,
  NtkError,
  permutation,
  reshape,
  type Tensor,
  take,
  tensorFromData,
  throwIfAborted,
} from '@ntk/tensor'
import {
  aKey,
  boolean,
  either,
  integer,
  listOf,
  nonNegative,
  oneOf,
  optional,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { choleskyFactor, eigenFactor, type Factor, spectrumOf } from '../algebra/factor.js'
import { readGram } from '../algebra/gram.js'
import { dealtFolds, heldOut } from '../algebra/held-out.js'
import { inDouble, like } from '../algebra/host.js'
import { scalingOf } from '../algebra/scaling.js'
import {
  type FitCall,
  type KernelChoice,
  type KernelLike,
  requireKernelLike,
  sourceOf,
} from '../kernel-source.js'
import { fitRules } from '../options.js'
import { repeated } from '../process.js'
import { trainingSamples } from '../samples.js'
import { type Estimate, pooled } from './estimate.js'
import { judge, readTask, type Targets, type TaskOptions, taskRules } from './task.js'

export interface CrossValidationOptions extends TaskOptions, FitCall {
  /** Which kernel of the network, 'nngp' unless given; a kernel function is told. */
  readonly get?: KernelChoice | undefined
  /** The variance of the noise as a multiple of the mean of the kernel's diagonal (over all samples), or a list of them to compare; 0 unless given. */
  readonly diagReg?: number | readonly number[] | undefined
  /** Whether `diagReg` is the variance itself; false unless given. */
  readonly diagRegAbsolute?: boolean | undefined
  /** 5 unless given; as many as samples: leave-one-out. */
  readonly folds?: number | undefined
  /** Deals samples into folds by chance; in turns, in the order of the samples, unless given. */
  readonly key?: Key | undefined
}

const rules = {
  ...taskRules,
  ...fitRules,
  get: oneOf(['nngp', 'ntk'], 'nngp'),
  diagReg: either(nonNegative(), listOf(nonNegative(), 'a list of numbers not below 0'), 0),
  diagRegAbsolute: boolean(false),
  folds: integer('an integer above 1', (v) => v > 1, 5),
  key: optional(aKey()),
} satisfies RulesFor<CrossValidationOptions>

/** How well samples are predicted with one noise by models that have not seen them. */
export interface CrossValidationPoint {
  /** As it was given. */
  readonly diagReg: number
  /** The variance σ² of the noise, in the units of the kernel. */
  readonly noise: number
  /** The mean squared error, over samples and outputs (of a classification: of one-hot targets), with its standard error over folds. */
  readonly loss: Estimate
  /** The accuracy of a classification; R² of a regression (NaN where all targets are the same), with its standard error over folds. */
  readonly score: Estimate
  /** The mean of each sample, from all other folds: as the targets [n, ...]; of a classification [n, C]. */
  readonly mean: Tensor
  /** Of the function, from all other folds: as the targets [n, ...]; of a classification [n]. */
  readonly standardDeviation: Tensor
}

export interface CrossValidation {
  /** Rows of each fold, ascending. */
  readonly folds: readonly (readonly number[])[]
  /** One for each `diagReg`, in the order in which they were given. */
  readonly points: readonly CrossValidationPoint[]
  /** That of the least loss, the first of several. */
  readonly best: CrossValidationPoint
}

/** From how many noises on an eigendecomposition, which serves all of them, is less work than a Cholesky factorization of each. */
const many = 4

/**
 * Cross-validation of `kernelRegressor` or `kernelClassifier` by one kernel and one factorization: each fold is predicted from all others in
 * closed form, from its block of (K + σ²I)⁻¹. For a list of `diagReg` the kernel is made once, and from four on decomposed once. x and y are as of `fit`
 * (with 'precomputed' x is the kernel [n, n]); σ² is the same for all folds. Folds of a classification have about the same share of each class.
 *
 * Throws NtkError 'option' on more folds than samples or an empty list; 'shape', 'dtype', 'value', 'not-finite', 'not-positive-definite' as `fit`; 'aborted'.
 */
export async function crossValidate(
  net: KernelLike,
  x: Tensor,
  y: Tensor,
  options?: CrossValidationOptions,
): Promise<CrossValidation> {
  requireKernelLike(net, 'crossValidate')
  const {
    get,
    diagReg,
    diagRegAbsolute,
    folds: count,
    key,
    onProgress,
    signal,
    ...task
  } = readOptions('crossValidate', rules, options)
  const grid = typeof diagReg === 'number' ? [diagReg] : diagReg
  if (grid.length === 0) {
    throw new NtkError('option', {
      what: 'crossValidate needs a diagReg at least.',
      got: '[]',
      fix: 'Write diagReg: [0.01, 0.1, 1].',
    })
  }
  const samples = await trainingSamples(x, net === 'precomputed', 'x of crossValidate')
  const n = samples.shape[0] as number
  const targets = await readTask(y, n, task, 'y of crossValidate')
  if (count > n) {
    throw new NtkError('option', {
      what: 'crossValidate needs a sample at least for each of its folds.',
      got: `${count} folds of ${n} ${n === 1 ? 'sample' : 'samples'}`,
      fix: n > 1 ? `Write folds: ${n} or fewer, or give more samples.` : 'Give two samples at least.',
    })
  }
  const folds = foldsOf(targets, n, count, key)
  const kernel =
    net === 'precomputed' ? samples : await sourceOf(net, get).train(samples, { onProgress, signal })
  const gram = readGram(kernel, 'The kernel of crossValidate')
  const spectrum = grid.length >= many ? spectrumOf(gram) : null
  const points: CrossValidationPoint[] = []
  for (const one of grid) {
    throwIfAborted(signal, 'The cross-validation')
    const noise = { diagReg: one, diagRegAbsolute }
    const factor = spectrum === null ? choleskyFactor(gram, noise) : eigenFactor(gram, spectrum, noise)
    const { mean, deviation } = leftOut(factor, targets, folds, task.standardize === true)
    const { losses, scores } = judge(mean, targets)
    const data = targets.task === 'regression' ? y : x
    points.push({
      diagReg: one,
      noise: factor.variance,
      loss: pooled(losses, folds),
      score: pooled(scores, folds),
      mean: await like(reshape(mean, [n, ...targets.outputs]), data),
      standardDeviation: await like(reshape(deviation, targets.labels === null ? y.shape : [n]), data),
    })
  }
  const best = points.reduce((a, b) => (b.loss.value < a.loss.value ? b : a))
  return { folds, points, best }
}

function foldsOf({ labels }: Targets, n: number, count: number, key: Key | undefined): number[][] {
  const order =
    key === undefined ? Int32Array.from({ length: n }, (_, i) => i) : permutation(key, n).dataSync()
  const classes = Int32Array.from(order, (i: number) => labels?.indices[i] ?? 0)
  return dealtFolds(classes, count).map((fold) =>
    fold.map((place) => order[place] as number).sort((a, b) => a - b),
  )
}

interface LeftOut {
  /** [n, outputs]. */
  readonly mean: Tensor
  /** [n, outputs] of a regression, [n] of a classification. */
  readonly deviation: Tensor
}

function leftOut(
  factor: Factor,
  targets: Targets,
  folds: readonly (readonly number[])[],
  standardize: boolean,
): LeftOut {
  if (standardize) return leftOutStandardized(factor, targets.matrix, folds)
  const { mean, variance } = heldOut(factor, targets.matrix, factor.solve(targets.matrix), folds)
  const deviation = variance.map(Math.sqrt)
  const [n, outputs] = mean.shape as [number, number]
  return {
    mean,
    deviation: targets.labels === null ? repeated(deviation, outputs) : inDouble(deviation, [n]),
  }
}

/**
 * Where each fold is predicted from the others less their mean m, over their size: the prediction is linear in the targets, so the size cancels, and
 * with h the prediction of targets that are all 1, made beside the others, that of y − m is that of y less m h.
 */
function leftOutStandardized(factor: Factor, y: Tensor, folds: readonly (readonly number[])[]): LeftOut {
  const [n, outputs] = y.shape as [number, number]
  // Near 0 already, so that means cancel without loss.
  const whole = scalingOf(y, true)
  const near = whole.forth(y)
  const wide = concatenate([near, inDouble(new Float64Array(n).fill(1), [n, 1])], 1)
  const held = heldOut(factor, wide, factor.solve(wide), folds)
  const found = held.mean.dataSync()
  const mean = new Float64Array(n * outputs)
  const deviation = new Float64Array(n * outputs)
  for (const fold of folds) {
    const out = new Set(fold)
    const others = Int32Array.from(Array.from({ length: n }, (_, i) => i).filter((i) => !out.has(i)))
    const rows = tensorFromData(others, [others.length])
    const { means } = scalingOf(take(near, rows, 0), true)
    const { sizes } = scalingOf(take(y, rows, 0), true)
    for (const i of fold) {
      const one = found[i * (outputs + 1) + outputs] as number
      for (let c = 0; c < outputs; c++) {
        mean[i * outputs + c] = (found[i * (outputs + 1) + c] as number) + (means[c] as number) * (1 - one)
        deviation[i * outputs + c] = Math.sqrt(held.variance[i] as number) * (sizes[c] as number)
      }
    }
  }
  return { mean: whole.back(inDouble(mean, [n, outputs])), deviation: inDouble(deviation, [n, outputs]) }
}
