import {
  add,
  concatenate,
  full,
  matmul,
  mul,
  NtkError,
  type Shape,
  sizeOf,
  stack,
  sub,
  type Tensor,
  transpose,
} from '@ntk/tensor'
import {
  aTensor,
  axes,
  either,
  finite,
  nonNegative,
  oneOf,
  optional,
  orNull,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { decayedResponse, requireClosedForm, requireTangents } from './decay.js'
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
  /** d of `weightDecay(d)` of @ntk/optim: d · (θ − c) is added to the gradient. 0 unless given. */
  readonly weightDecay?: number | undefined
  /** c: 'start' (the default), where the weights started, as `train` has it with `decayFrom: params`; 'zero', to which a network's weights decay, and `tangentTrain0` is needed. */
  readonly decayTo?: 'start' | 'zero' | undefined
}

const predictorRules = {
  ...mseRules,
  traceAxes: optional(axes()),
  weightDecay: nonNegative(0),
  decayTo: oneOf(['start', 'zero'], 'start'),
} satisfies RulesFor<MsePredictorOptions>

export interface MsePredictInput {
  /** In units of the learning rate: steps of gradient descent. Infinity, null or left out: trained to the end. */
  readonly t?: Times | null | undefined
  /** Outputs at the start on the training set, shaped like y, or one number; 0 unless given. */
  readonly fTrain0?: Tensor | number | undefined
  /** Outputs at the start on the test set, or one number; 0 unless given. */
  readonly fTest0?: Tensor | number | undefined
  /** Θ(test, train) [m, n], or [m, n, k, k]; without it, or with null, nothing is predicted there. */
  readonly kTestTrain?: Tensor | null | undefined
  /** With decayTo: 'zero' J(X) θ_0, what of the outputs at the start is linear in weights: `jvp` of the network along its own weights. Shaped like y. */
  readonly tangentTrain0?: Tensor | undefined
  /** The same on the test set. */
  readonly tangentTest0?: Tensor | undefined
  /** As in the options of `gradientDescentMse`, for this prediction alone. */
  readonly singular?: Singular | undefined
}

const inputRules = {
  t: timesRule(),
  fTrain0: either(aTensor(), finite(), 0),
  fTest0: either(aTensor(), finite(), 0),
  kTestTrain: optional(orNull(aTensor())),
  tangentTrain0: optional(aTensor()),
  tangentTest0: optional(aTensor()),
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
   * the linearized network by J(X)ᵀ times this. Where weights decay to zero what is left of θ_0 comes on top.
   */
  readonly representer: Tensor
}

const owner = 'gradientDescentMse'

/** What `predict` gives: `test` is a tensor where `kTestTrain` is given. */
export type MsePredict = <I extends MsePredictInput = object>(
  input?: I,
) => I extends { readonly kTestTrain: Tensor } ? MsePrediction & { readonly test: Tensor } : MsePrediction

/**
 * Closed-form predictions of training on the mean squared loss, for a network that is linear in its weights: an infinitely wide
 * one, or a linearization.
 *
 * f_t = f_0 + (e^{−ηΘt} − I)(f_0 − y), and on test points f_t(x) = f_0(x) + Θ(x, X) Θ⁻¹ (e^{−ηΘt} − I)(f_0 − y)
 * (Lee et al. 2019, eqs. 9 to 11; supplement E with momentum). t is divided by the size of y unless `loss` is 'sum'. With `weightDecay` d the loss
 * has ½ d ‖θ − c‖² on top: its eigenvalues are Θ's plus d times what the loss divides by (see `decayedResponse`).
 *
 * `kTrainTrain` [n, n] serves all outputs alike; [n, n, k, k] couples them, all or those that `traceAxes` leaves. `yTrain` [n] or [n, ...]. The kernel is
 * decomposed once; each prediction then costs a few matrix products. Computed in float64, given in the dtype of y.
 *
 * Errors: 'shape', 'dtype', 'not-finite' (naming the argument and the place), 'value', 'option', 'not-positive-definite';
 * 'singular' where t is Infinity and the kernel has no inverse, unless `singular` is 'range' or weights decay; 'unsupported' for a flow with momentum whose weights decay to zero; 'diverged' where steps to Infinity do not
 * converge, or steps to a finite time leave the range of numbers.
 */
export function gradientDescentMse(
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options?: MsePredictorOptions,
): MsePredict {
  const { traceAxes, weightDecay, decayTo, ...settings } = readOptions(owner, predictorRules, options)
  const y = onHost(yTrain, 'yTrain')
  const matrix = trainKernel(kTrainTrain, 'kTrainTrain')
  const layout = layoutOf(kTrainTrain.shape, y.shape, traceAxes)
  const motion = motionOf(settings, sizeOf(y.shape))
  const decay = { rate: weightDecay * motion.scale, to: decayTo }
  requireClosedForm(motion, decay)
  const spectrum = spectrumOf(matrix, 'kTrainTrain', settings, precisionOf(kTrainTrain.dtype))
  const { values, vectors } = spectrum
  const adjoint = transpose(vectors)

  const predict = (input?: MsePredictInput): MsePrediction => {
    const asked = readOptions(`predict of ${owner}`, inputRules, input)
    const { t, fTrain0, fTest0, kTestTrain, singular } = asked
    if (!kTestTrain && input?.fTest0 !== undefined) {
      throw new NtkError('option', {
        what: 'A prediction on the test set needs kTestTrain beside fTest0.',
        got: 'nothing',
        fix: 'Give the kernel of the test set to the training set.',
      })
    }
    requireTangents(owner, decayTo, asked)
    const times = readTimes(t, motion.dynamics === 'steps')
    if (times.list.includes(Infinity) && (singular ?? settings.singular) === 'error' && decay.rate === 0) {
      requireInvertible(spectrum, 'kTrainTrain')
    }
    const f0 = startOf(fTrain0, y.shape, 'fTrain0')
    const tangentOf = (given: Tensor | undefined, shape: Shape, name: string): Tensor | null =>
      decayTo === 'zero' && given !== undefined ? startOf(given, shape, name) : null
    const tangent = tangentOf(asked.tangentTrain0, y.shape, 'tangentTrain0')
    const inEigen = (f: Tensor): Tensor => matmul(adjoint, layout.columns(f))
    const coefficients = inEigen(sub(tangent === null ? f0 : sub(f0, tangent), y))
    const ofTangent = tangent && inEigen(tangent)
    const responses = times.list.map((time) => decayedResponse(motion, decay, time))
    const moved = responses.map(({ error, tangent: along }) => {
      const own = scaleRows(coefficients, responsesOf(spectrum, error))
      return ofTangent === null ? own : add(own, scaleRows(ofTangent, responsesOf(spectrum, along)))
    })
    const together = concatenate(moved, 1)
    const lost = responses.map(({ share }) => share - 1)
    const finish = (columns: Tensor, start: Tensor, own: Tensor | null = null): Tensor => {
      const outputs = add(layout.outputs(columns, times, start.shape), start)
      if (own === null) return fromHost(outputs, yTrain)
      const shrunk = lost.map((v) => mul(own, v))
      return fromHost(add(outputs, times.several ? stack(shrunk, 0) : (shrunk[0] as Tensor)), yTrain)
    }
    const dual = matmul(vectors, together)
    const test = (): Tensor | null => {
      if (!kTestTrain) return null
      const kernel = onHost(kTestTrain, 'kTestTrain')
      layout.checkTest(kernel.shape)
      const shape = [kernel.shape[0] as number, ...y.shape.slice(1)]
      const own = tangentOf(asked.tangentTest0, shape, 'tangentTest0')
      return finish(matmul(asMatrix(kernel, 'kTestTrain'), dual), startOf(fTest0, shape, 'fTest0'), own)
    }
    return {
      train: finish(matmul(vectors, scaleRows(together, values)), f0, tangent),
      test: test(),
      representer: finish(dual, full(y.shape, 0)),
    }
  }
  return predict as MsePredict
}
