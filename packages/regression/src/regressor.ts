import type { Regularization } from '@ntk/dynamics'
import { mul, reshape, type Tensor } from '@ntk/tensor'
import { aTensor, boolean, oneOf, oneOrMore, optional, type RulesFor, readOptions } from '@ntk/tensor/options'
import { inDouble, type Like, like, onHost } from './algebra/host.js'
import { noiseRules } from './algebra/noise.js'
import { type Scaling, scalingOf } from './algebra/scaling.js'
import { readTargets } from './algebra/targets.js'
import type { Chosen } from './choose/choose.js'
import { readChoose } from './choose/options.js'
import { fitProcess } from './fit.js'
import { type FitCall, type KernelLike, requireKernelLike } from './kernel-source.js'
import { finiteLikelihood } from './log-marginal-likelihood.js'
import { type EstimatorOptions, estimatorRules, type FitOptions, fitRules } from './options.js'
import { type OutputScale, outputScalesOf, scaledEvidence } from './output-scale.js'
import { diagonalOf, type Process, repeated } from './process.js'
import { testSamples, trainingSamples } from './samples.js'
import { type ModelParts, withState } from './state.js'

export interface RegressorOptions extends EstimatorOptions {
  /**
   * Whether each output is brought to mean 0 and standard deviation 1 on the training set before it is fitted, and predictions back; false
   * unless given, for a Gaussian process of mean 0 as the papers have it.
   */
  readonly standardize?: boolean | undefined
  /**
   * The scale of kernel and noise together, which means do not depend on and standard deviations are proportional to: as 'given' (the default), or for each
   * output by 'leave-one-out', in closed form, so that targets lie as far from what the others say of them as they should; about three more factorizations.
   */
  readonly outputScale?: OutputScale | undefined
}

const rules = {
  ...estimatorRules,
  standardize: boolean(false),
  outputScale: oneOf<OutputScale>(['given', 'leave-one-out'], 'given'),
} satisfies RulesFor<RegressorOptions>

export type RegressorName = 'mean' | 'standardDeviation'
export type RegressorNames = RegressorName | readonly RegressorName[]
type Result<N extends string, G> = G extends readonly N[] ? { readonly [K in G[number]]: Tensor } : Tensor

export interface RegressorPredictOptions<G extends RegressorNames = RegressorNames> extends FitCall {
  /** 'mean', 'standardDeviation', or a list of them, which gives a record; both unless given. */
  readonly get?: G | undefined
  /** Whose standard deviation: that of the function (the default), or of a target that would be observed, with its noise. */
  readonly of?: 'function' | 'observation' | undefined
  /** Of 'precomputed': the kernel of the test samples with themselves, [m, m] or its diagonal [m], for standard deviations. */
  readonly kTestTest?: Tensor | undefined
}

const predictRules = {
  ...fitRules,
  get: oneOrMore<RegressorName>(['mean', 'standardDeviation'], ['mean', 'standardDeviation']),
  of: oneOf(['function', 'observation'], 'function'),
  kTestTest: optional(aTensor()),
} satisfies RulesFor<RegressorPredictOptions>

/** A regressor that has seen data. */
export interface FittedRegressor {
  readonly kind: 'regressor'
  /** Samples of the training set. */
  readonly n: number
  /** The variance σ² of the noise, in the units of the kernel (with `standardize`, of standardized targets). */
  readonly noise: number
  /** Of each output the root of the number by which kernel and noise are multiplied: 1 unless `outputScale` asks for one. */
  readonly outputScales: Float64Array
  /** What was chosen, and how; null where nothing was. With `withNoise` it stays that of the first fit. */
  readonly chosen: Chosen | null
  /** Of the training set's targets, as they were given; see the function of the same name. */
  readonly logMarginalLikelihood: number
  /**
   * Predictions at x [m, ...]: the mean and the standard deviation, each [m, ...] as the targets are, in their dtype. Of 'precomputed' x is
   * k(test, train) [m, n]. Throws NtkError 'shape', 'not-finite', 'aborted'.
   */
  predict<const G extends RegressorNames = readonly ['mean', 'standardDeviation']>(
    x: Tensor,
    options?: RegressorPredictOptions<G>,
  ): Promise<Result<RegressorName, G>>
  /** The same data with another noise. The kernel is not made again, and with `factorization: 'eigen'` not factored again. */
  withNoise(noise: Regularization): Promise<FittedRegressor>
}

export interface KernelRegressor {
  /**
   * Conditions the process on samples x [n, ...] (with 'precomputed' their kernel [n, n]) and targets y [n] or [n, outputs].
   * Throws NtkError 'shape', 'dtype', 'not-finite' naming the row, 'not-positive-definite' with the noise to ask for, 'aborted'.
   */
  fit(x: Tensor, y: Tensor, options?: FitOptions): Promise<FittedRegressor>
}

/**
 * Regression with the kernel of an infinitely wide network, with a kernel function, or with kernels that are handed in ('precomputed'): the
 * mean and standard deviation of a Gaussian process with that covariance, by Cholesky in float64. The mean with `get: 'nngp'` is that of
 * infinitely many networks whose readout alone is trained to the end, with 'ntk' whose every weight is.
 */
export function kernelRegressor(net: KernelLike, options?: RegressorOptions): KernelRegressor {
  requireKernelLike(net, 'kernelRegressor')
  const { get, factorization, standardize, outputScale, choose, makeKernel, ...noise } = readOptions(
    'kernelRegressor',
    rules,
    options,
  )
  const choice = choose === undefined ? null : readChoose('choose of kernelRegressor', choose)
  return {
    async fit(x, y, fitOptions) {
      const call = readOptions('fit of kernelRegressor', fitRules, fitOptions)
      const samples = await trainingSamples(x, net === 'precomputed')
      const given = await onHost(y, 'y of fit')
      const targets = readTargets(given, samples.shape[0] as number, 'y of fit')
      const scaling = scalingOf(targets, standardize)
      const setting = { net, get, noise, factorization, choice, makeKernel }
      const fit = await fitProcess(setting, samples, scaling.forth(targets), call)
      return fittedRegressor(fit.process, {
        ...fit,
        get,
        factorization,
        scaling,
        outputScale,
        outputScales: outputScalesOf(fit.process, outputScale),
        outputs: given.shape.slice(1),
        like: y,
      })
    },
  }
}

interface Setting extends ModelParts {
  readonly scaling: Scaling
  readonly outputScale: OutputScale
  readonly outputScales: Float64Array
  /** Shape of one sample's targets. */
  readonly outputs: readonly number[]
  readonly like: Like
}

export function fittedRegressor(process: Process, setting: Setting): FittedRegressor {
  const { scaling, outputs, outputScale, outputScales } = setting
  const model: FittedRegressor = {
    kind: 'regressor',
    n: process.n,
    noise: process.variance,
    outputScales,
    chosen: setting.chosen,
    get logMarginalLikelihood() {
      return finiteLikelihood(scaledEvidence(process, outputScales) - process.n * scaling.logSizes)
    },
    async withNoise(other) {
      const anew = await process.withNoise(readOptions('withNoise', noiseRules, other))
      return fittedRegressor(anew, { ...setting, outputScales: outputScalesOf(anew, outputScale) })
    },
    async predict<const G extends RegressorNames>(x: Tensor, given?: RegressorPredictOptions<G>) {
      const { get, of, kTestTest, ...call } = readOptions('predict of a regressor', predictRules, given)
      const names = typeof get === 'string' ? [get] : get
      const samples = await testSamples(x, process.x, process.n)
      const m = samples.shape[0] as number
      const own = kTestTest === undefined ? null : diagonalOf(await onHost(kTestTest, 'kTestTest'), m)
      const wanted = names.includes('standardDeviation')
      const { mean, variance } = await process.predict({ ...call, x: samples, own, variance: wanted })
      const results: { [name: string]: Tensor } = {}
      const shape = [m, ...outputs]
      results.mean = await like(reshape(scaling.back(mean), shape), setting.like)
      if (variance !== null) {
        const extra = of === 'observation' ? process.variance : 0
        const units = mul(scaling.sizesRow, inDouble(outputScales, [1, outputScales.length]))
        const deviation = repeated(
          variance.map((v) => Math.sqrt(v + extra)),
          scaling.sizes.length,
        )
        results.standardDeviation = await like(reshape(mul(deviation, units), shape), setting.like)
      }
      return (typeof get === 'string' ? results[get] : results) as Result<RegressorName, G>
    },
  }
  const { means, sizes } = scaling
  return withState(model, () => ({
    ...setting,
    process,
    dtype: setting.like.dtype,
    kind: { name: 'regressor', means, sizes, outputScale, outputScales, outputs },
  }))
}
