import {
  allocate,
  choleskyInPlace,
  cpuBackend,
  matmul,
  NtkError,
  reshape,
  sizeOf,
  sub,
  type Tensor,
  type TypedArray,
  tensorFromData,
  transpose,
  triangularSolve,
} from '@ntk/tensor'
import { aTensor, boolean, optional, orNull, type RulesFor, readOptions } from '@ntk/tensor/options'
import { asCovariance } from './covariance.js'
import { fromHost, onHost, readFloats, shapeError } from './host.js'
import { type Complete, regularizationRules } from './options.js'
import type { Regularization } from './regularization.js'
import { meanDiagonal, shiftOf, writeShift, zeroKernel } from './spectrum.js'
import { requireSymmetric } from './symmetric.js'

export interface GpOptions extends Regularization {
  /**
   * Gives the kernel away: it is written over, so that one array [n, n] is held in place of two, and using it afterwards throws
   * NtkError 'donated'. False unless given.
   */
  readonly donate?: boolean | undefined
}

export interface GpInput {
  /** k(test, train) [m, n]. */
  readonly kTestTrain: Tensor
  /** k(test, test) [m, m]; without it, or with null, no covariance is given. */
  readonly kTestTest?: Tensor | null | undefined
}

export interface GpPosterior {
  /** [m, ...]. */
  readonly mean: Tensor
  /** [m, m], the same for every output: symmetric to the bit, no variance below 0; null without `kTestTest`. */
  readonly covariance: Tensor | null
}

const rules = { ...regularizationRules, donate: boolean(false) } satisfies RulesFor<GpOptions>

const inputRules = {
  kTestTrain: aTensor(),
  kTestTest: optional(orNull(aTensor())),
} satisfies RulesFor<GpInput>

/**
 * The posterior of a Gaussian process with covariance k (an NNGP: what training the readout alone to the end converges to) after
 * seeing y: mean k(x, X) k⁻¹ y, covariance k(x, x) − k(x, X) k⁻¹ k(X, x), by Cholesky. kTrainTrain [n, n], yTrain [n, ...].
 * Holds one array [n, n] in float64 beside the kernel, none with `donate`. Throws NtkError 'not-positive-definite', naming the pivot, where the kernel is
 * singular: use `diagReg`.
 */
export function gpInference(
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options?: GpOptions,
): (input: GpInput) => GpPosterior {
  const { donate, ...regularization } = readOptions('gpInference', rules, options)
  const y = onHost(yTrain, 'yTrain')
  const data = readFloats(kTrainTrain, 'kTrainTrain')
  const [n = 0, m] = kTrainTrain.shape
  if (kTrainTrain.shape.length !== 2 || n !== m || n === 0) {
    throw shapeError('kTrainTrain needs a square kernel of the training set.', kTrainTrain.shape)
  }
  const outputs = sizeOf(y.shape.slice(1))
  if (y.shape[0] !== n || outputs === 0) {
    throw shapeError(`yTrain needs a shape [${n}, ...]: kTrainTrain is of ${n} samples.`, y.shape)
  }
  requireSymmetric(kTrainTrain, data, n, 'kTrainTrain')
  const factor = factorOf(kTrainTrain, data, n, regularization, donate)
  const whitened = triangularSolve(factor, reshape(y, [n, outputs]))
  // k⁻¹ y: a mean then is one product
  const dual = triangularSolve(factor, whitened, { transpose: true })
  return (input) => {
    const { kTestTrain, kTestTest } = readOptions('the posterior of gpInference', inputRules, input)
    const across = onHost(kTestTrain, 'kTestTrain')
    const m = across.shape[0] as number
    if (across.shape.length !== 2 || across.shape[1] !== n) {
      throw shapeError(`kTestTrain needs a shape [m, ${n}].`, across.shape)
    }
    const mean = fromHost(reshape(matmul(across, dual), [m, ...y.shape.slice(1)]), yTrain)
    if (!kTestTest) return { mean, covariance: null }
    const own = onHost(kTestTest, 'kTestTest')
    if (own.shape.length !== 2 || own.shape[0] !== m || own.shape[1] !== m) {
      throw shapeError(`kTestTest needs a shape [${m}, ${m}].`, own.shape)
    }
    const half = triangularSolve(factor, transpose(across))
    const covariance = asCovariance(sub(own, matmul(transpose(half), half)))
    return { mean, covariance: fromHost(covariance, yTrain) }
  }
}

/**
 * The Cholesky factor of a kernel [n, n], whose numbers are `data`, with its regularizer; where `donate` is set, in the kernel's own memory.
 * Throws NtkError 'not-positive-definite' with the cause.
 */
function factorOf(
  kernel: Tensor,
  data: TypedArray,
  n: number,
  options: Complete<Regularization>,
  donate: boolean,
): Tensor {
  const scale = meanDiagonal(data, n)
  const shift = shiftOf(options, scale)
  const own = donate && kernel.dtype === 'float64' && kernel.backend === cpuBackend()
  const lower = own ? data : lowerTriangle(data, n)
  for (let i = 0; i < lower.length; i += n + 1) lower[i] = (lower[i] as number) + shift
  const shifted = own ? kernel : tensorFromData(lower, [n, n], cpuBackend())
  if (donate && !own) kernel.dispose()
  try {
    return choleskyInPlace(shifted)
  } catch (error) {
    if (!NtkError.isInstance(error) || error.code !== 'not-positive-definite') throw error
    throw new NtkError('not-positive-definite', {
      what: 'kTrainTrain needs a positive definite kernel.',
      got: `${error.got}${shift > 0 ? `, with the regularizer ${shift}` : ''}`,
      fix: adviceOnSingular(scale, shift, options),
      cause: error,
    })
  }
}

/** A copy [n, n] in float64 of what stands on and below the diagonal. */
function lowerTriangle(data: TypedArray, n: number): TypedArray {
  const lower = allocate('float64', n * n)
  for (let at = 0, i = 0; i < n; i++, at += n) lower.set(data.subarray(at, at + i + 1), at)
  return lower
}

function adviceOnSingular(scale: number, shift: number, options: Complete<Regularization>): string {
  if (!(scale > 0)) return zeroKernel
  const more = Math.max(1e-6 * scale, 100 * shift)
  const lost = shift > 0 ? 'The regularizer is too small, or the kernel is no kernel. ' : ''
  return `${lost}${writeShift(more, scale, options)} or more, or remove repeated samples.`
}
