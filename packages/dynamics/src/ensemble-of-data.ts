import type { KernelFn } from '@ntk/kernels-analytic'
import { cast, type Tensor } from '@ntk/tensor'
import { aTensor, optional, orNull, type RulesFor, readOptions, requireTensor } from '@ntk/tensor/options'
import {
  type EnsembleInput,
  type EnsembleKernels,
  type EnsemblePredict,
  type EnsembleResult,
  ensembleOfMatrices,
  ensembleRules,
} from './ensemble.js'
import { type MseOptions, readMseOptions } from './options.js'

export interface EnsembleDataInput extends EnsembleInput {
  /** Test points; the training set where absent or null. */
  readonly xTest?: Tensor | null | undefined
}

const inputRules = {
  ...ensembleRules,
  xTest: optional(orNull(aTensor())),
} satisfies RulesFor<EnsembleDataInput>

export type EnsembleDataPredict = <const I extends EnsembleDataInput = object>(
  input?: I,
) => Promise<EnsembleResult<I>>

/**
 * In float64, so that kernels are, wherever the device has it: small eigenvalues of a deep kernel are lost in the rounding of float32,
 * and late times are about small eigenvalues.
 */
function inDouble(x: Tensor): Tensor {
  return x.dtype === 'float32' && x.backend.dtypes.includes('float64') ? cast(x, 'float64') : x
}

async function ensembleOfData(
  kernel: KernelFn,
  xTrain: Tensor,
  yTrain: Tensor,
  options: MseOptions | undefined,
): Promise<EnsembleDataPredict> {
  // Wrong options are told before the kernel is computed.
  readMseOptions('gradientDescentMseEnsemble', options)
  requireTensor(xTrain, 'xTrain')
  requireTensor(yTrain, 'yTrain')
  const x = inDouble(xTrain)
  const kernels = await kernel(x, null, { get: ['nngp', 'ntk'] })
  const predict = ensembleOfMatrices(kernels, yTrain, options)
  const predictAt = async (given?: EnsembleDataInput): Promise<unknown> => {
    const { xTest: points, ...input } = readOptions(
      'predict of gradientDescentMseEnsemble',
      inputRules,
      given,
    )
    if (!points) return predict(input)
    const xTest = inDouble(points)
    const kTestTrain = await kernel(xTest, x, { get: ['nngp', 'ntk'] })
    if (!input.covariance) return predict({ ...input, test: { kTestTrain } })
    const nngpTestTest = await kernel(xTest, null, { get: 'nngp' })
    return predict({ ...input, test: { kTestTrain, nngpTestTest } })
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
 * Takes a kernel function and data, or the kernel matrices. A kernel function is asked in float64 where the device has it, whatever the
 * dtype of the data; results are in that of y. The training set itself, where no test points are given, is a test set like any other:
 * its kernel to what was trained on is without `diagReg`. Covariances are symmetric to the bit, variances never below 0. Errors as for
 * `gradientDescentMse`, and 'option' where a kernel that is needed was
 * not given.
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
  options?: MseOptions,
): Promise<EnsembleDataPredict> | EnsemblePredict {
  if (typeof kernel === 'function') return ensembleOfData(kernel, first, second as Tensor, options)
  return ensembleOfMatrices(kernel, first, second as MseOptions | undefined)
}
