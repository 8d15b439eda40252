import type { Regularization } from '@ntk/dynamics'
import { type Key, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import {
  aKey,
  aTensor,
  integer,
  listOf,
  oneOf,
  oneOrMore,
  optional,
  positive,
  positiveInteger,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { dealtFolds, heldOut } from './algebra/held-out.js'
import { inDouble, type Like, like, onHost } from './algebra/host.js'
import { noiseRules } from './algebra/noise.js'
import { bestCalibration } from './calibration/best.js'
import { type Calibration, type Draws, drawsOf, plainSoftmax, softmaxOf } from './calibration/softmax.js'
import type { Chosen } from './choose/choose.js'
import { readChoose } from './choose/options.js'
import { fitProcess } from './fit.js'
import { type FitCall, type KernelLike, requireKernelLike } from './kernel-source.js'
import { centredTargets, type Labels, readLabels } from './labels.js'
import { finiteLikelihood } from './log-marginal-likelihood.js'
import { type EstimatorOptions, estimatorRules, type FitOptions, fitRules } from './options.js'
import { diagonalOf, type Process } from './process.js'
import { testSamples, trainingSamples } from './samples.js'
import { type ModelParts, withState } from './state.js'

export interface ClassifierOptions extends EstimatorOptions {
  /** Labels that there are, where some may not occur in the training set; those that occur unless given. */
  readonly classes?: readonly number[] | undefined
  /**
   * What probabilities are: 'mean' (the default), a softmax of the mean; 'sampled', the average of that softmax over
   * draws of the process, which needs a `key`.
   */
  readonly probabilities?: 'mean' | 'sampled' | undefined
  /** The temperature of a plain softmax; unless given, the calibration under which held-out labels of the training set are most probable. */
  readonly temperature?: number | undefined
  /** Folds that the calibration is chosen on, 5 unless given: each is predicted from all others. */
  readonly folds?: number | undefined
  /** Draws of 'sampled', 256 unless given. */
  readonly samples?: number | undefined
  readonly key?: Key | undefined
}

const rules = {
  ...estimatorRules,
  classes: optional(
    listOf(
      integer('an integer', () => true),
      'a list of integers',
    ),
  ),
  probabilities: oneOf(['mean', 'sampled'], 'mean'),
  temperature: optional(positive()),
  folds: integer('an integer above 1', (v) => v > 1, 5),
  samples: positiveInteger(256),
  key: optional(aKey()),
} satisfies RulesFor<ClassifierOptions>

export type ClassifierName = 'labels' | 'probabilities' | 'mean' | 'standardDeviation'
export type ClassifierNames = ClassifierName | readonly ClassifierName[]
type Result<G> = G extends readonly ClassifierName[] ? { readonly [K in G[number]]: Tensor } : Tensor

export interface ClassifierPredictOptions<G extends ClassifierNames = ClassifierNames> extends FitCall {
  /**
   * 'labels' [m] (int32; of the largest mean), 'probabilities' [m, C], 'mean' [m, C] (of the regression on one-hot targets less 1/C), 'standardDeviation' [m] (of that
   * function, the same for every class), or a list of them, which gives a record; labels and probabilities unless given.
   */
  readonly get?: G | undefined
  /** Of 'precomputed': the kernel of the test samples with themselves, [m, m] or its diagonal [m], for standard deviations and 'sampled'. */
  readonly kTestTest?: Tensor | undefined
}

const predictRules = {
  ...fitRules,
  get: oneOrMore<ClassifierName>(
    ['labels', 'probabilities', 'mean', 'standardDeviation'],
    ['labels', 'probabilities'],
  ),
  kTestTest: optional(aTensor()),
} satisfies RulesFor<ClassifierPredictOptions>

/** A classifier that has seen data. */
export interface FittedClassifier {
  readonly kind: 'classifier'
  /** Samples of the training set. */
  readonly n: number
  /** The labels, ascending: column c of probabilities is that of classes[c]. */
  readonly classes: readonly number[]
  /** The variance σ² of the noise, in the units of the kernel. */
  readonly noise: number
  /** What was chosen, and how; null where nothing was. With `withNoise` it stays that of the first fit. */
  readonly chosen: Chosen | null
  /** Of the one-hot targets less 1/C; see the function of the same name. */
  readonly logMarginalLikelihood: number
  /** How means become probabilities; chosen when it is first asked for. */
  readonly calibration: Calibration
  /**
   * Predictions at x [m, ...]; of 'precomputed' x is k(test, train) [m, n]. Floats are in the dtype of the training samples.
   * Throws NtkError 'shape', 'not-finite', 'aborted'.
   */
  predict<const G extends ClassifierNames = readonly ['labels', 'probabilities']>(
    x: Tensor,
    options?: ClassifierPredictOptions<G>,
  ): Promise<Result<G>>
  /** The same data with another noise. The kernel is not made again, and with `factorization: 'eigen'` not factored again. */
  withNoise(noise: Regularization): Promise<FittedClassifier>
}

export interface KernelClassifier {
  /**
   * Conditions the process on samples x [n, ...] (with 'precomputed' their kernel [n, n]) and labels y [n], integers of any dtype.
   * Throws NtkError 'shape', 'dtype', 'value', 'not-finite' naming the row, 'not-positive-definite' with the noise to ask for, 'aborted'.
   */
  fit(x: Tensor, y: Tensor, options?: FitOptions): Promise<FittedClassifier>
}

/**
 * Classification with the kernel of an infinitely wide network, a kernel function, or kernels that are handed in ('precomputed'): regression on
 * one-hot targets less 1/C, as the papers do it (Lee et al. 2018, section 3.1), the class of the largest mean, and probabilities that are calibrated on held-out folds.
 */
export function kernelClassifier(net: KernelLike, options?: ClassifierOptions): KernelClassifier {
  requireKernelLike(net, 'kernelClassifier')
  const read = readOptions('kernelClassifier', rules, options)
  const { get, factorization, classes, diagReg, diagRegAbsolute, makeKernel } = read
  const choice = read.choose === undefined ? null : readChoose('choose of kernelClassifier', read.choose)
  if (read.probabilities === 'sampled' && read.key === undefined) {
    throw new NtkError('option', {
      what: 'kernelClassifier needs an option "key" for probabilities: \'sampled\', which draws.',
      fix: 'Write key: key(0).',
    })
  }
  return {
    async fit(x, y, fitOptions) {
      const call = readOptions('fit of kernelClassifier', fitRules, fitOptions)
      const samples = await trainingSamples(x, net === 'precomputed')
      const labels = await readLabels(y, samples.shape[0] as number, classes)
      const noise = { diagReg, diagRegAbsolute }
      const setting = { net, get, noise, factorization, choice, makeKernel }
      const fit = await fitProcess(setting, samples, centredTargets(labels), call)
      const { key, probabilities } = read
      const draws =
        probabilities === 'sampled' && key !== undefined
          ? drawsOf(key, read.samples, labels.classes.length)
          : null
      const given = read.temperature === undefined ? undefined : plainSoftmax(read.temperature)
      return fittedClassifier(fit.process, {
        ...fit,
        get,
        factorization,
        labels,
        like: x,
        draws,
        calibration: given,
        temperature: given,
        folds: read.folds,
      })
    },
  }
}

interface Setting extends ModelParts {
  readonly labels: Labels
  readonly like: Like
  readonly draws: Draws
  /** Where it is known. */
  readonly calibration: Calibration | undefined
  /** Where it was given and stays whatever the noise. */
  readonly temperature?: Calibration | undefined
  readonly folds: number
}

export function fittedClassifier(process: Process, setting: Setting): FittedClassifier {
  const { labels, draws } = setting
  const { classes } = labels
  let calibration = setting.calibration
  const calibrated = (): Calibration => {
    calibration ??= chosenCalibration(process, setting)
    return calibration
  }
  const model: FittedClassifier = {
    kind: 'classifier',
    n: process.n,
    classes,
    noise: process.variance,
    chosen: setting.chosen,
    get logMarginalLikelihood() {
      return finiteLikelihood(process.evidence)
    },
    get calibration() {
      return calibrated()
    },
    async withNoise(other) {
      const noise = readOptions('withNoise', noiseRules, other)
      return fittedClassifier(await process.withNoise(noise), {
        ...setting,
        calibration: setting.temperature,
      })
    },
    async predict<const G extends ClassifierNames>(x: Tensor, given?: ClassifierPredictOptions<G>) {
      const { get, kTestTest, ...call } = readOptions('predict of a classifier', predictRules, given)
      const names: readonly ClassifierName[] = typeof get === 'string' ? [get] : get
      const samples = await testSamples(x, process.x, process.n)
      const m = samples.shape[0] as number
      const own = kTestTest === undefined ? null : diagonalOf(await onHost(kTestTest, 'kTestTest'), m)
      const wantsProbabilities = names.includes('probabilities')
      const wanted = names.includes('standardDeviation') || (wantsProbabilities && draws !== null)
      const { mean, variance } = await process.predict({ ...call, x: samples, own, variance: wanted })
      const results: { [name: string]: Tensor } = {}
      for (const name of names) {
        if (name === 'labels') results.labels = labelsOf(mean, classes)
        if (name === 'mean') results.mean = await like(mean, setting.like)
        if (name === 'standardDeviation' && variance !== null) {
          results[name] = await like(inDouble(variance.map(Math.sqrt), [m]), setting.like)
        }
        if (name === 'probabilities') {
          const scores = { mean, variance: variance ?? new Float64Array(m) }
          results[name] = await like(softmaxOf(scores, calibrated(), draws), setting.like)
        }
      }
      return (typeof get === 'string' ? results[get] : results) as Result<G>
    },
  }
  return withState(model, () => ({
    ...setting,
    process,
    dtype: setting.like.dtype,
    kind: {
      name: 'classifier',
      classes,
      indices: labels.indices,
      calibration: calibrated(),
      draws,
      folds: setting.folds,
    },
  }))
}

function chosenCalibration(process: Process, { labels, draws, folds }: Setting): Calibration {
  const { factorNow: factor, targets, solution } = process
  if (factor === null) return plainSoftmax(1)
  const scores = heldOut(factor, targets, solution, dealtFolds(labels.indices, Math.min(folds, process.n)))
  return bestCalibration(scores, labels.indices, draws)
}

/** The class of the largest mean of each row, the first of several. */
function labelsOf(mean: Tensor, classes: readonly number[]): Tensor {
  const [m, c] = mean.shape as [number, number]
  const data = mean.dataSync()
  const labels = Int32Array.from({ length: m }, (_, i) => {
    let best = 0
    for (let k = 1; k < c; k++) {
      if ((data[i * c + k] as number) > (data[i * c + best] as number)) best = k
    }
    return classes[best] as number
  })
  return tensorFromData(labels, [m])
}
