import {
  add,
  cpuBackend,
  isFloat,
  matmul,
  mul,
  reshape,
  type Shape,
  stack,
  type Tensor,
  tensorFromData,
} from '@ntk/tensor'
import { type OptionsOf, readOptions, requireFunction, requireTensor } from '@ntk/tensor/options'
import { fromHost, onHost, shapeError } from '../host.js'
import { precisionOf } from '../options.js'
import { asMatrix, requireInvertible, type Spectrum, spectrumOf, trainKernel } from '../spectrum.js'
import { type LossFn, targetsOnHost } from '../steps/loss.js'
import { type ReadTimes, readTimes, timedShape } from '../times.js'
import { coordinatesOf } from './coordinates.js'
import { follow, type Moment, type System } from './follow.js'
import { atOnce, type Stepwise } from './integrate.js'
import {
  type GradientDescentInput,
  type GradientDescentOptions,
  gradientDescentRules,
  predictRules,
  type TrainingState,
} from './options.js'
import { type OutputOrder, outputOrder } from './outputs.js'
import { readStart, type Start } from './start.js'

/** Each with a leading axis of times where `t` is a list. */
export interface GradientDescentPrediction {
  /** Outputs on the training set, as training sees them: by the kernel with its regularizer. */
  readonly train: Tensor
  /** Outputs on the test set [m, ...]; null without `kTestTrain`. */
  readonly test: Tensor | null
  /** What an output's kernel to the training set is multiplied with to give its way from the start: −η ∫ ∇L dt, in the kernel's range. */
  readonly representer: Tensor
  /** Where the latest of the times ended, to go on from: a state without an axis of times. */
  readonly state: TrainingState
}

/** What `predict` gives: `test` is a tensor where `kTestTrain` is given. */
export type GradientDescentPredict = <I extends GradientDescentInput = object>(
  input?: I,
) => I extends { readonly kTestTrain: Tensor }
  ? GradientDescentPrediction & { readonly test: Tensor }
  : GradientDescentPrediction

const owner = 'gradientDescent'

/**
 * Predictions of training on any differentiable loss of outputs and labels (Lee et al. 2019, eqs. 5 and 6, S1 to S4 with momentum), for
 * a network that is linear in its weights: ḟ = −η Θ ∇L(f), and on test points ḟ(x) = −η Θ(x, X) ∇L(f).
 *
 * `loss(outputs, labels)` gives a scalar and is written in ops of `@ntk/tensor` (`mse` and `crossEntropy` of `@ntk/optim` are such); time is divided
 * by nothing that it does not divide by itself. `kTrainTrain` [n, n], or [n, n, k, k] where outputs interact; `yTrain` [n, ...] is handed to the loss in
 * float64, or as int32. The kernel is decomposed once; a prediction integrates the equation once for all its times, to `relativeTolerance` a step. Computed in float64,
 * given in the dtype of y (of `fTrain0`, where y are integers).
 *
 * `t: Infinity` is where the flow ends: it is followed until Newton's method finds that end nearby.
 *
 * Errors: 'shape', 'dtype', 'axis', 'not-finite', 'value', 'option', 'not-positive-definite' as for `gradientDescentMse`; 'singular' where t is Infinity and the
 * kernel has no inverse, unless `singular` is 'range'; 'diverged' where training has no end, as that of cross-entropy on separable labels, or outputs leave
 * the range of numbers; 'no-convergence' after `maxSteps` steps.
 */
export function gradientDescent(
  loss: LossFn,
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options?: GradientDescentOptions,
): GradientDescentPredict {
  const predicting = flowPredictor(owner, loss, kTrainTrain, yTrain, options)
  const predict = (input?: GradientDescentInput): GradientDescentPrediction =>
    atOnce(predicting(readOptions(`predict of ${owner}`, predictRules, input)))
  return predict as GradientDescentPredict
}

/** `gradientDescent` by steps: what is asked of one prediction to the work that makes it. */
export function flowPredictor(
  owner: string,
  loss: LossFn,
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options: GradientDescentOptions | undefined,
): (asked: OptionsOf<typeof predictRules>) => Stepwise<GradientDescentPrediction> {
  requireFunction(loss, `loss of ${owner}`)
  const settings = readOptions(owner, gradientDescentRules, options)
  requireTensor(kTrainTrain, 'kTrainTrain')
  const labels = targetsOnHost(yTrain, kTrainTrain.shape[0] as number)
  let known: { readonly key: string; readonly system: WholeSystem } | null = null
  /** The kernel for outputs of a shape, which labels leave open until there are outputs. */
  const systemFor = (shape: Shape): WholeSystem => {
    const key = shape.join()
    if (known?.key !== key) known = { key, system: makeSystem(kTrainTrain, shape, settings) }
    return known.system
  }
  if (isFloat(yTrain.dtype)) systemFor(yTrain.shape)
  return function* (asked) {
    const times = readTimes(asked.t, false)
    const start = readStart(asked, yTrain, settings.momentum)
    const system = systemFor(start.fTrain.shape)
    if (times.list.includes(Infinity) && (asked.singular ?? settings.singular) === 'error') {
      requireInvertible(system.spectrum, 'kTrainTrain')
    }
    const run = yield* follow(system, loss, labels, start, settings, times.list)
    return present(system, start, run, asked.kTestTrain ?? null, times)
  }
}

type Settings = OptionsOf<typeof gradientDescentRules>

interface WholeSystem extends System {
  readonly spectrum: Spectrum
}

function makeSystem(kernel: Tensor, shape: readonly number[], settings: Settings): WholeSystem {
  const order = outputOrder(shape, kernel.shape, settings.traceAxes)
  if (order.p * order.q === 0) throw shapeError('yTrain needs one output a sample at least.', shape)
  const matrix = trainKernel(order.joined(kernel, 'kTrainTrain'), 'kTrainTrain')
  const spectrum = spectrumOf(matrix, 'kTrainTrain', settings, precisionOf(kernel.dtype))
  return { order, spectrum, coordinates: coordinatesOf(spectrum, order.q) }
}

/** Moments as tensors of outputs, in the dtype of y. */
function present(
  { order, coordinates }: System,
  start: Start,
  moments: readonly Moment[],
  kTestTrain: Tensor | null,
  times: ReadTimes,
): GradientDescentPrediction {
  const shape = start.fTrain.shape
  const tensorOf = (x: Float64Array, own: Shape): Tensor =>
    tensorFromData(order.toOutputs(x), own, cpuBackend())
  const cross = kTestTrain && testMatrix(kTestTrain, order, shape[0] as number)
  const testShape = cross && [(cross.shape[0] as number) / order.p, ...shape.slice(1)]
  const tested = testShape && start.test(testShape[0] as number)
  const onTrain = (z: Float64Array): Tensor => tensorOf(coordinates.move(z), shape)
  const onTest = (z: Float64Array, k: Tensor): Tensor =>
    tensorOf(matmul(k, coordinates.representer(z)).dataSync() as Float64Array, testShape as Shape)
  const moved = (f: Tensor, q: Tensor | null, by: Tensor, drift: number): Tensor =>
    add(add(f, by), q === null ? 0 : mul(q, drift))
  const trainAt = ({ z, drift }: Moment): Tensor => moved(start.fTrain, start.qTrain, onTrain(z), drift)
  const testAt = ({ z, drift }: Moment): Tensor | null =>
    cross && tested && moved(tested.f, tested.q, onTest(z, cross), drift)
  const finish = (each: readonly Tensor[], own: Shape): Tensor =>
    fromHost(reshape(stack(each, 0), timedShape(times, own)), start.like)
  const last = moments[times.list.indexOf(Math.max(...times.list))] as Moment
  const velocity = (q: Tensor | null, of: (w: Float64Array) => Tensor | null): Tensor | null => {
    const own = last.w && of(last.w)
    return own && fromHost(q === null ? own : add(own, mul(q, last.fading)), start.like)
  }
  const testOf = (one: Tensor | null): Tensor | null => one && fromHost(one, start.like)
  return {
    train: finish(moments.map(trainAt), shape),
    test:
      testShape &&
      finish(
        moments.map((m) => testAt(m) as Tensor),
        testShape,
      ),
    representer: finish(
      moments.map(({ z }) => tensorOf(coordinates.representer(z).dataSync() as Float64Array, shape)),
      shape,
    ),
    state: {
      fTrain: fromHost(trainAt(last), start.like),
      fTest: testOf(testAt(last)),
      qTrain: velocity(start.qTrain, onTrain),
      qTest: velocity(tested?.q ?? null, (w) => cross && onTest(w, cross)),
    },
  }
}

/** Θ(test, train) as a matrix [m p, n p]. Throws NtkError 'shape'. */
function testMatrix(given: Tensor, order: OutputOrder, n: number): Tensor {
  const kernel = order.joined(onHost(given, 'kTestTrain'), 'kTestTrain')
  if (kernel.shape[1] !== n) throw shapeError(`kTestTrain needs a shape [m, ${n}, ...].`, kernel.shape)
  return asMatrix(kernel, 'kTestTrain')
}
