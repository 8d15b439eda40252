import type { Regularization } from '@ntk/dynamics'
import { aFunction, aSignal, oneOf, optional, type Rule, type RulesFor } from '@ntk/tensor/options'
import type { Factorization } from './algebra/factor.js'
import { noiseRules } from './algebra/noise.js'
import type { Criterion } from './choose/criterion.js'
import { type ChooseOptions, chooseRule } from './choose/options.js'
import type { FitCall, KernelChoice, MakeKernel } from './kernel-source.js'

/** What regressors and classifiers have in common. */
export interface EstimatorOptions extends Regularization {
  /** Which kernel of the network, 'nngp' unless given; a kernel function is told. */
  readonly get?: KernelChoice | undefined
  /**
   * 'cholesky' (the default), or 'eigen': about twenty times the operations, once, after which `withNoise` costs next to nothing.
   */
  readonly factorization?: Factorization | undefined
  /**
   * Choose the network's standard deviations and the noise by a likelihood of the training set: 'marginal-likelihood', 'leave-one-out', or a
   * record with more to say. Of kernel functions and kernels handed in the noise alone is chosen. Without it they are as given.
   */
  readonly choose?: Criterion | ChooseOptions | undefined
  /**
   * How kernels of the network are made, with the numbers that were chosen: `kernelFn(net)` unless given. A function around it keeps them in a `sink`, so that
   * they survive a kill, or shows them to others that need them too. It must give the kernel of that network.
   */
  readonly makeKernel?: MakeKernel | undefined
}

export const estimatorRules: EstimatorRules = {
  ...noiseRules,
  get: oneOf(['nngp', 'ntk'], 'nngp'),
  factorization: oneOf(['cholesky', 'eigen'], 'cholesky'),
  choose: chooseRule,
  makeKernel: optional(aFunction<MakeKernel>()),
}

/** Rules of all options, those with defaults without undefined. */
type EstimatorRules = Omit<Complete, 'choose' | 'makeKernel'> & {
  readonly choose: typeof chooseRule
  readonly makeKernel: Rule<MakeKernel | undefined>
}
type Complete = {
  readonly [K in keyof EstimatorOptions]-?: Rule<Exclude<EstimatorOptions[K], undefined>>
}

/** What `fit` takes beside data. */
export type FitOptions = FitCall

export const fitRules: RulesFor<FitCall> = {
  onProgress: optional(aFunction<NonNullable<FitCall['onProgress']>>()),
  signal: optional(aSignal()),
}
