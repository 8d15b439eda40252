import type { KernelFn } from '@ntk/kernels-analytic'
import type { Tensor } from '@ntk/tensor'
import {
  type EnsembleKernels,
  type EnsembleName,
  type EnsemblePredict,
  ensembleOfMatrices,
  type Gaussian,
  type GaussianFor,
} from './ensemble.js'
import type { MseOptions } from './options.js'
import type { Times } from './times.js'

export interface EnsembleDataInput {
  /** As for `gradientDescentMse`; Infinity unless given. */
  readonly t?: Times
  /** Test points; the training set where absent. */
  readonly xTest?: Tensor
  /** Whether covariances are wanted; true unless given. */
  readonly covariance?: boolean
}

export type EnsembleDataPredict = <const I extends EnsembleDataInput = object>(
  get: EnsembleName,
  input?: I,
) => Promise<GaussianFor<I>>

async function ensembleOfData(
  kernel: KernelFn,
  xTrain: Tensor,
  yTrain: Tensor,
  options: MseOptions,
): Promise<EnsembleDataPredict> {
  const kernels = await kernel(xTrain, null, { get: ['nngp', 'ntk'] })
  const predict = ensembleOfMatrices(kernels, yTrain, options)
  const predictAt = async (
    get: EnsembleName,
    { xTest, ...input }: EnsembleDataInput = {},
  ): Promise<Gaussian<Tensor | null>> => {
    if (xTest === undefined) return predict(get, input)
    const kTestTrain = await kernel(xTest, xTrain, { get: ['nngp', 'ntk'] })
    if (input.covariance === false) return predict(get, { ...input, test: { kTestTrain } })
    const nngpTestTest = await kernel(xTest, null, { get: 'nngp' })
    return predict(get, { ...input, test: { kTestTrain, nngpTestTest } })
  }
  return predictAt as EnsembleDataPredict
}

/**
 * Mean and covariance, over random initializations, of infinitely wide networks trained on the mean squared loss up to a time:
 * with all weights ('ntk') or the readout alone ('nngp').
 *
 * With A = Θ(x, X) Θ⁻¹ (I − e^{−ηΘt}): 'ntk' has mean A y and covariance K(x, x) + A K Aᵀ − (A K(X, x) + its transpose);
 * 'nngp' has mean K(x, X) K⁻¹ (I − e^{−ηKt}) y and covariance K(x, x) − K(x, X) K⁻¹ (I − e^{−2ηKt}) K(X, x)
 * (Lee et al. 2019, eqs. 14 to 16; their S23 prints a covariance with e^{−ηKt}, the derivation gives e^{−2ηKt}).
 *
 * Takes a kernel function and data, or the kernel matrices. Errors as for `gradientDescentMse`, and 'option' where a kernel that
 * is needed was not given.
 */
export function gradientDescentMseEnsemble(
  kernel: KernelFn,
  xTrain: Tensor,
  yTrain: Tensor,
  options?: MseOptions,
): Promise<EnsembleDataPredict>
export function gradientDescentMseEnsemble(
  kernels: EnsembleKernels,
  yTrain: Tensor,
  options?: MseOptions,
): EnsemblePredict
export function gradientDescentMseEnsemble(
  kernel: KernelFn | EnsembleKernels,
  first: Tensor,
  second?: Tensor | MseOptions,
  options: MseOptions = {},
): Promise<EnsembleDataPredict> | EnsemblePredict {
  if (typeof kernel === 'function') return ensembleOfData(kernel, first, second as Tensor, options)
  return ensembleOfMatrices(kernel, first, (second ?? {}) as MseOptions)
}
