import type { Regularization } from '@ntk/dynamics'
import {
  foldIn,
  type Key,
  matmul,
  NtkError,
  permutation,
  sameShape,
  type Tensor,
  take,
  tensorFromData,
  throwIfAborted,
} from '@ntk/tensor'
import {
  aKey,
  aTensor,
  listOf,
  oneOf,
  positiveInteger,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { choleskyFactor } from '../algebra/factor.js'
import { readGram } from '../algebra/gram.js'
import { shapeError } from '../algebra/host.js'
import { type Noise, noiseRules } from '../algebra/noise.js'
import { scalingOf } from '../algebra/scaling.js'
import {
  type FitCall,
  type KernelChoice,
  type KernelLike,
  requireKernelLike,
  sourceOf,
} from '../kernel-source.js'
import { fitRules } from '../options.js'
import { testSamples, trainingSamples } from '../samples.js'
import { type Estimate, estimateOf, meanOf } from './estimate.js'
import { judge, readTask, type Targets, type TaskOptions, taskRules } from './task.js'

export interface LearningCurveOptions extends TaskOptions, Regularization, FitCall {
  /** Numbers of samples that models are fitted to. */
  readonly sizes: readonly number[]
  /** Random subsets of each size, 5 unless given; of all samples there is one. */
  readonly repeats?: number | undefined
  /** Samples that every model is tested on [m, ...]; with 'precomputed' k(test, train) [m, n]. */
  readonly xTest: Tensor
  /** Their targets, as y. */
  readonly yTest: Tensor
  /** Draws the subsets: subset r of a size is the beginning of an order of all samples, so that larger ones hold the smaller. */
  readonly key: Key
  /** Which kernel of the network, 'nngp' unless given; a kernel function is told. */
  readonly get?: KernelChoice | undefined
}

const rules = {
  ...taskRules,
  ...noiseRules,
  ...fitRules,
  sizes: listOf(positiveInteger(), 'a list of positive integers'),
  repeats: positiveInteger(5),
  xTest: aTensor(),
  yTest: aTensor(),
  key: aKey(),
  get: oneOf(['nngp', 'ntk'], 'nngp'),
} satisfies RulesFor<LearningCurveOptions>

/** One model of a learning curve. */
export interface LearningCurveDraw {
  /** Rows of x that it was fitted to [size], int32. */
  readonly rows: Tensor
  /** The mean squared error on the test set, over samples and outputs (of a classification: of one-hot targets). */
  readonly loss: number
  /** The accuracy of a classification; R² of a regression (NaN where all test targets are the same). */
  readonly score: number
}

export interface LearningCurvePoint {
  /** Samples that models are fitted to. */
  readonly n: number
  /** Means over draws, with standard errors: of the choice of training samples, not of test samples. */
  readonly loss: Estimate
  readonly score: Estimate
  readonly draws: readonly LearningCurveDraw[]
}

export interface LearningCurve {
  /** In the order of `sizes`. */
  readonly points: readonly LearningCurvePoint[]
}

/**
 * How predictions of a test set get better with more samples, all from one kernel k(x, x) and one k(xTest, x): models of random subsets take their blocks.
 * Each is that of `kernelRegressor` or `kernelClassifier` on these rows. x and y are as of `fit` (with 'precomputed' x is the kernel [n, n]).
 *
 * Throws NtkError 'option' on sizes beyond n and an empty list; 'shape', 'dtype', 'value', 'not-finite', 'not-positive-definite' as `fit`; 'aborted'.
 */
export async function learningCurve(
  net: KernelLike,
  x: Tensor,
  y: Tensor,
  options: LearningCurveOptions,
): Promise<LearningCurve> {
  requireKernelLike(net, 'learningCurve')
  const read = readOptions('learningCurve', rules, options)
  const { sizes, repeats, key, get, diagReg, diagRegAbsolute, onProgress, signal } = read
  const precomputed = net === 'precomputed'
  const samples = await trainingSamples(x, precomputed, 'x of learningCurve')
  const n = samples.shape[0] as number
  requireSizes(sizes, n)
  const targets = await readTask(y, n, read, 'y of learningCurve')
  const tests = await testSamples(read.xTest, precomputed ? null : samples, n, 'xTest of learningCurve')
  const alike = { ...read, task: targets.task, classes: targets.labels?.classes }
  const truth = await readTask(read.yTest, tests.shape[0] as number, alike, 'yTest of learningCurve')
  requireAlike(targets, truth)
  const source = precomputed ? null : sourceOf(net, get)
  const call = { onProgress, signal }
  const own = source === null ? samples : await source.train(samples, call)
  const across = source === null ? tests : await source.across(tests, samples, call)
  const noise = { diagReg, diagRegAbsolute }
  const points = sizes.map((size): LearningCurvePoint => {
    const draws = Array.from({ length: size === n ? 1 : repeats }, (_, draw): LearningCurveDraw => {
      throwIfAborted(signal, 'The learning curve')
      const order = permutation(foldIn(key, draw), n).dataSync()
      const rows = tensorFromData(Int32Array.from(order.subarray(0, size)), [size])
      const block = take(take(own, rows, 0), rows, 1)
      const model = { block, across: take(across, rows, 1), y: take(targets.matrix, rows, 0), noise }
      const { losses, scores } = judge(predicted(model, read.standardize === true), truth)
      return { rows, loss: meanOf(losses), score: meanOf(scores) }
    })
    return {
      n: size,
      loss: estimateOf(draws.map(({ loss }) => loss)),
      score: estimateOf(draws.map(({ score }) => score)),
      draws,
    }
  })
  return { points }
}

interface Part {
  /** Of the subset with itself. */
  readonly block: Tensor
  /** Of the test set with the subset. */
  readonly across: Tensor
  readonly y: Tensor
  readonly noise: Noise
}

function predicted({ block, across, y, noise }: Part, standardize: boolean): Tensor {
  const scaling = scalingOf(y, standardize)
  const factor = choleskyFactor(readGram(block, 'A block of the kernel of learningCurve'), noise)
  return scaling.back(matmul(across, factor.solve(scaling.forth(y))))
}

function requireSizes(sizes: readonly number[], n: number): void {
  const beyond = sizes.find((size) => size > n)
  if (beyond === undefined && sizes.length > 0) return
  throw new NtkError('option', {
    what: `learningCurve needs sizes from 1 to the ${n} samples that there are, one at least.`,
    got: `[${sizes.join(', ')}]`,
    fix: beyond === undefined ? `Write sizes: [${n}].` : `Leave ${beyond} out, or give more samples.`,
  })
}

/** Throws NtkError 'shape' unless targets of tests have the outputs of those that are fitted. */
function requireAlike({ outputs }: Targets, truth: Targets): void {
  if (sameShape(outputs, truth.outputs)) return
  const m = truth.matrix.shape[0] as number
  throw shapeError(
    `yTest of learningCurve needs a shape [${[m, ...outputs].join(', ')}], with the outputs of y.`,
    [m, ...truth.outputs],
  )
}
