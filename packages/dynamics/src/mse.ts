import { add, concatenate, full, matmul, NtkError, sizeOf, sub, type Tensor, transpose } from '@ntk/tensor'
import {
  aTensor,
  axes,
  either,
  finite,
  optional,
  orNull,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { fromHost, onHost } from './host.js'
import { layoutOf, startOf } from './layout.js'
import { type MseOptions, motionOf, mseRules, precisionOf, type Singular, singularRule } from './options.js'
import { asMatrix, requireInvertible, responsesOf, scaleRows, spectrumOf, trainKernel } from './spectrum.js'
import { readTimes, type Times, timesRule } from './times.js'

export interface MsePredictorOptions extends MseOptions {
  /**
   * Axes of y that a kernel [n, n, k, k] is a trace over, as those of `empiricalNtkFn`: it serves outputs along them alike and couples the others. Needed where the
   * sizes of the axes do not tell.
   */
  readonly traceAxes?: number | readonly number[] | undefined
}

const predictorRules = { ...mseRules, traceAxes: optional(axes()) } satisfies RulesFor<MsePredictorOptions>

export interface MsePredictInput {
  /** In units of the learning rate: steps of gradient descent. Infinity, null or left out: trained to the end. */
  readonly t?: Times | null | undefined
  /** Outputs at the start on the training set, shaped like y, or one number; 0 unless given. */
  readonly fTrain0?: Tensor | number | undefined
  /** Outputs at the start on the test set, or one number; 0 unless given. */
  readonly fTest0?: Tensor | number | undefined
  /** Θ(test, train) [m, n], or [m, n, k, k]; without it, or with null, nothing is predicted there. */
  readonly kTestTrain?: Tensor | null | undefined
  /** As in the options of `gradientDescentMse`, for this prediction alone. */
  readonly singular?: Singular | undefined
}

const inputRules = {
  t: timesRule(),
  fTrain0: either(aTensor(), finite(), 0),
  fTest0: either(aTensor(), finite(), 0),
  kTestTrain: optional(orNull(aTensor())),
  singular: singularRule(),
} satisfies RulesFor<MsePredictInput>

/** Each with a leading axis of times where `t` is a list. */
export interface MsePrediction {
  /** Outputs on the training set, shaped like y, as training sees them: by the kernel with its regularizer. */
  readonly train: Tensor
  /** Outputs on the test set [m, ...]; null without `kTestTrain`. */
  readonly test: Tensor | null
  /**
   * Θ⁻¹ (e^{−ηΘt} − I)(f0 − y), shaped like y: any output moves by its kernel to the training set times this, and the weights of
   * the linearized network by J(X)ᵀ times this.
   */
  readonly representer: Tensor
}

/** What `predict` gives: `test` is a tensor where `kTestTrain` is given. */
export type MsePredict = <I extends MsePredictInput = object>(
  input?: I,
) => I extends { readonly kTestTrain: Tensor } ? MsePrediction & { readonly test: Tensor } : MsePrediction

/**
 * Closed-form predictions of training on the mean squared loss, for a network that is linear in its weights: an infinitely wide
 * one, or a linearization.
 *
 * f_t = f_0 + (e^{−ηΘt} − I)(f_0 − y), and on test points f_t(x) = f_0(x) + Θ(x, X) Θ⁻¹ (e^{−ηΘt} − I)(f_0 − y)
 * (Lee et al. 2019, eqs. 9 to 11; supplement E with momentum). t is divided by the size of y unless `loss` is 'sum'.
 *
 * `kTrainTrain` [n, n] serves all outputs alike; [n, n, k, k] couples them, all or those that `traceAxes` leaves. `yTrain` [n] or [n, ...]. The kernel is
 * decomposed once; each prediction then costs a few matrix products. Computed in float64, given in the dtype of y.
 *
 * Errors: 'shape', 'dtype', 'not-finite' (naming the argument and the place), 'value', 'option', 'not-positive-definite';
 * 'singular' where t is Infinity and the kernel has no inverse, unless `singular` is 'range'; 'diverged' where steps to Infinity do not
 * converge, or steps to a finite time leave the range of numbers.
 */
export function gradientDescentMse(
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options?: MsePredictorOptions,
): MsePredict {
  const { traceAxes, ...settings } = readOptions('gradientDescentMse', predictorRules, options)
  const y = onHost(yTrain, 'yTrain')
  const matrix = trainKernel(kTrainTrain, 'kTrainTrain')
  const layout = layoutOf(kTrainTrain.shape, y.shape, traceAxes)
  const motion = motionOf(settings, sizeOf(y.shape))
  const spectrum = spectrumOf(matrix, 'kTrainTrain', settings, precisionOf(kTrainTrain.dtype))
  const { values, vectors } = spectrum
  const adjoint = transpose(vectors)

  const predict = (input?: MsePredictInput): MsePrediction => {
    const { t, fTrain0, fTest0, kTestTrain, singular } = readOptions(
      'predict of gradientDescentMse',
      inputRules,
      input,
    )
    if (!kTestTrain && input?.fTest0 !== undefined) {
      throw new NtkError('option', {
        what: 'A prediction on the test set needs kTestTrain beside fTest0.',
        got: 'nothing',
        fix: 'Give the kernel of the test set to the training set.',
      })
    }
    const times = readTimes(t, motion.dynamics === 'steps')
    if (times.list.includes(Infinity) && (singular ?? settings.singular) === 'error') {
      requireInvertible(spectrum, 'kTrainTrain')
    }
    const f0 = startOf(fTrain0, y.shape, 'fTrain0')
    const coefficients = matmul(adjoint, layout.columns(sub(f0, y)))
    const moved = times.list.map((time) => scaleRows(coefficients, responsesOf(spectrum, motion, time)))
    const together = concatenate(moved, 1)
    const finish = (columns: Tensor, start: Tensor): Tensor =>
      fromHost(add(layout.outputs(columns, times, start.shape), start), yTrain)
    const dual = matmul(vectors, together)
    const test = (): Tensor | null => {
      if (!kTestTrain) return null
      const kernel = onHost(kTestTrain, 'kTestTrain')
      layout.checkTest(kernel.shape)
      const shape = [kernel.shape[0] as number, ...y.shape.slice(1)]
      return finish(matmul(asMatrix(kernel, 'kTestTrain'), dual), startOf(fTest0, shape, 'fTest0'))
    }
    return {
      train: finish(matmul(vectors, scaleRows(together, values)), f0),
      test: test(),
      representer: finish(dual, full(y.shape, 0)),
    }
  }
  return predict as MsePredict
}
