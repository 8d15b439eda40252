import {
  add,
  concatenate,
  isFloat,
  matmul,
  NtkError,
  type Shape,
  showShape,
  stack,
  Tensor,
  tensorFromData,
} from '@ntk/tensor'
import {
  aFunction,
  aSignal,
  aTensor,
  axes,
  either,
  finite,
  isRecord,
  oneOf,
  optional,
  orNull,
  type Rule,
  type RulesFor,
  readOptions,
  rule,
} from '@ntk/tensor/options'
import { requireTangents } from '../decay.js'
import { fromHost, onHost, shapeError } from '../host.js'
import { layoutOf, startOf } from '../layout.js'
import { regularizationRules } from '../options.js'
import type { Regularization } from '../regularization.js'
import { asMatrix, meanDiagonal, shiftOf, trainKernel } from '../spectrum.js'
import { givenTimesRule, readTimes, type Times } from '../times.js'
import { batchesRule, type StepBatches } from './batch-list.js'
import { type LinearOptimizer, linearOptimizerRule, requireLinear } from './linear-optimizer.js'
import { gradientOf, lossRule, type StepsLoss, targetsOnHost } from './loss.js'
import { freshState, latest, type StepsState, shrunk, statesAt } from './recursion.js'

export interface StepsOptions extends Regularization {
  /** One of @ntk/optim that is linear in gradients. Weights decay, where they do, to `decayTo`. */
  readonly optimizer: LinearOptimizer
  /** 'start' (the default): to where the weights started, as `train` has it with `decayFrom: params`; 'zero', for which `tangentTrain0` is needed. */
  readonly decayTo?: 'start' | 'zero' | undefined
  /** 'mean' (the default): ½ mean (f − y)² of the batch; 'sum': ½ Σ (f − y)²; or a function of outputs and targets, written in ops. */
  readonly loss?: StepsLoss | undefined
  /** The rows that each step sees: lists, or a function of the step such as `batchRows` of @ntk/optim gives; all samples unless given. */
  readonly batches?: StepBatches | undefined
  /** Axes of the outputs that a kernel [n, n, k, k] is a trace over, as for `gradientDescentMse`. */
  readonly traceAxes?: number | readonly number[] | undefined
}

export interface StepsInput {
  /** How many steps, or a list of such numbers. */
  readonly t: Times
  /** Outputs at the start on the training set, shaped like the outputs, or one number; 0, shaped like y, unless given. */
  readonly fTrain0?: Tensor | number | undefined
  /** Outputs at the start on the test set, or one number; 0 unless given. */
  readonly fTest0?: Tensor | number | undefined
  /** Θ(test, train) [m, n], or [m, n, k, k]; without it, or with null, nothing is predicted there. */
  readonly kTestTrain?: Tensor | null | undefined
  /** With decayTo: 'zero' J(X) θ_0, what of the outputs at the start is linear in weights: `jvp` of the network along its own weights. Shaped like the outputs. */
  readonly tangentTrain0?: Tensor | undefined
  /** The same on the test set. */
  readonly tangentTest0?: Tensor | undefined
  /** Goes on from the `state` of a prediction with the same options and the same outputs at the start. */
  readonly start?: StepsState | undefined
  /** Counts steps. */
  readonly onProgress?: ((progress: { readonly done: number; readonly total: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const rules = {
  optimizer: linearOptimizerRule(),
  decayTo: oneOf(['start', 'zero'], 'start'),
  loss: lossRule(),
  batches: batchesRule(),
  traceAxes: optional(axes()),
  ...regularizationRules,
} satisfies RulesFor<StepsOptions>

const stateRule: Rule<StepsState> = rule(
  'the `state` of a prediction',
  (v) =>
    isRecord(v) &&
    Number.isSafeInteger(v.step) &&
    (v.step as number) >= 0 &&
    Tensor.isInstance(v.representer) &&
    'optimizerState' in v,
)

const inputRules = {
  t: givenTimesRule(),
  fTrain0: either(aTensor(), finite(), 0),
  fTest0: either(aTensor(), finite(), 0),
  kTestTrain: optional(orNull(aTensor())),
  tangentTrain0: optional(aTensor()),
  tangentTest0: optional(aTensor()),
  start: optional(stateRule),
  onProgress: optional(aFunction<NonNullable<StepsInput['onProgress']>>()),
  signal: optional(aSignal()),
} satisfies RulesFor<StepsInput>

/** Each with a leading axis of times where `t` is a list. */
export interface StepsPrediction {
  /** Outputs on the training set, as training sees them: by the kernel with its regularizer. */
  readonly train: Tensor
  /** Outputs on the test set [m, ...]; null without `kTestTrain`. */
  readonly test: Tensor | null
  /** a in θ_t = θ_0 + J(X)ᵀ a, or β θ_0 + J(X)ᵀ a where weights decay to zero, shaped like the outputs: any output moves by its kernel to the training set times this. */
  readonly representer: Tensor
  /** What a further prediction can start from: that of the last step asked for. */
  readonly state: StepsState
}

export type StepsPredict = <I extends StepsInput>(
  input: I,
) => Promise<
  I extends { readonly kTestTrain: Tensor } ? StepsPrediction & { readonly test: Tensor } : StepsPrediction
>

const owner = 'gradientDescentSteps'

/**
 * Training of a network that is linear in its weights (an infinitely wide one, or a linearization), step by step in its outputs: by any
 * optimizer that is linear in gradients, on any differentiable loss, on all samples at once or on batches. To rounding what `train` of @ntk/optim
 * gives for the `linearizedModel` of a network, without its weights (the discrete form of Lee et al. 2019, Equations S1 to S4).
 *
 * `kTrainTrain` [n, n] serves all outputs alike; [n, n, k, k] couples them. `yTrain` [n, ...] are floats, or whatever `loss` takes, as
 * labels in int32; then `fTrain0` says what outputs there are. A step costs a product of the batch's rows of the kernel with the representer.
 * Computed in float64, given in the dtype of y, or of `fTrain0` where y is of integers.
 *
 * Errors: 'unsupported' for an optimizer that is not linear, 'diverged', 'aborted'; else as of `gradientDescentMse`.
 */
export function gradientDescentSteps(
  kTrainTrain: Tensor,
  yTrain: Tensor,
  options: StepsOptions,
): StepsPredict {
  const { optimizer, decayTo, loss, batches, traceAxes, ...regularization } = readOptions(
    owner,
    rules,
    options,
  )
  requireLinear(optimizer, owner)
  const matrix = trainKernel(kTrainTrain, 'kTrainTrain')
  const n = kTrainTrain.shape[0] as number
  const y = targetsOnHost(yTrain, n)
  const kernel = withShift(
    matrix,
    shiftOf(regularization, meanDiagonal(matrix.dataSync(), matrix.shape[0] ?? 0)),
  )
  const gradient = gradientOf(loss)

  const predict = async (input: StepsInput): Promise<StepsPrediction> => {
    const read = readOptions(`predict of ${owner}`, inputRules, input)
    const { fTrain0, fTest0, kTestTrain, start, onProgress, signal } = read
    requireTest(kTestTrain, input.fTest0)
    requireTangents(owner, decayTo, read)
    const times = readTimes(read.t, true)
    const outputs = outputShape(fTrain0, yTrain, loss)
    const layout = layoutOf(kTrainTrain.shape, outputs, traceAxes)
    const f0 = startOf(fTrain0, outputs, 'fTrain0')
    const toZero = decayTo === 'zero'
    const begin = start ?? freshState(optimizer, outputs, toZero)
    checkStart(begin, outputs, times.list, toZero)
    const tangentOf = (given: Tensor | undefined, shape: Shape, name: string): Tensor | null =>
      toZero && given !== undefined ? startOf(given, shape, name) : null
    const tangent = tangentOf(read.tangentTrain0, outputs, 'tangentTrain0')
    const recursion = { kernel, layout, f0, y, tangent, gradient, optimizer, batches }
    const states = await statesAt(recursion, begin, times.list, { onProgress, signal })
    const like = isFloat(yTrain.dtype) || typeof fTrain0 === 'number' ? yTrain : fTrain0
    const together = concatenate(
      states.map((s) => layout.columns(s.representer)),
      1,
    )
    const finish = (columns: Tensor, f: Tensor, own: Tensor | null = null): Tensor => {
      const starts = states.map((state) => shrunk(f, own, state))
      const start = own !== null && times.several ? stack(starts, 0) : (starts[0] as Tensor)
      return fromHost(add(layout.outputs(columns, times, f.shape), start), like)
    }
    const test = (): Tensor | null => {
      if (!kTestTrain) return null
      const across = onHost(kTestTrain, 'kTestTrain')
      layout.checkTest(across.shape)
      const shape = [across.shape[0] as number, ...outputs.slice(1)]
      const own = tangentOf(read.tangentTest0, shape, 'tangentTest0')
      return finish(matmul(asMatrix(across, 'kTestTrain'), together), startOf(fTest0, shape, 'fTest0'), own)
    }
    return {
      train: finish(matmul(kernel, together), f0, tangent),
      test: test(),
      representer: finish(together, startOf(0, outputs, '')),
      state: states[times.list.indexOf(latest(times.list))] as StepsState,
    }
  }
  return predict as StepsPredict
}

function withShift(matrix: Tensor, shift: number): Tensor {
  if (shift === 0) return matrix
  const rows = matrix.shape[0] as number
  const data = Float64Array.from(matrix.dataSync())
  for (let i = 0; i < data.length; i += rows + 1) data[i] = (data[i] as number) + shift
  return tensorFromData(data, matrix.shape, matrix.backend)
}

/** Outputs are shaped as they start; where that is one number, as the targets. */
function outputShape(f0: Tensor | number, y: Tensor, loss: StepsLoss): Shape {
  if (typeof loss === 'string' || typeof f0 === 'number') {
    if (isFloat(y.dtype)) return y.shape
    throw new NtkError('option', {
      what: 'Targets of integers do not say what outputs there are.',
      got: `${showShape(y.shape)} of ${y.dtype}`,
      fix:
        typeof loss === 'string'
          ? "The squared loss takes targets of floats: convert with cast(y, 'float64')."
          : 'Give fTrain0, the outputs at the start.',
    })
  }
  return f0.shape
}

function requireTest(kTestTrain: Tensor | null | undefined, fTest0: unknown): void {
  if (kTestTrain || fTest0 === undefined) return
  throw new NtkError('option', {
    what: 'A prediction on the test set needs kTestTrain beside fTest0.',
    got: 'nothing',
    fix: 'Give the kernel of the test set to the training set.',
  })
}

function checkStart(
  { step, representer, share }: StepsState,
  outputs: Shape,
  times: readonly number[],
  toZero: boolean,
): void {
  if ((share !== undefined) !== toZero) {
    throw new NtkError('option', {
      what: 'Training goes on with the decayTo that it began with.',
      got: `decayTo: '${toZero ? 'zero' : 'start'}' and a state of '${toZero ? 'start' : 'zero'}'`,
      fix: 'Take the other one, or leave `start` out.',
    })
  }
  if (times.includes(Infinity)) {
    throw new NtkError('value', {
      what: 'Steps are made one by one: t must be finite.',
      got: 'Infinity',
      fix: "Give a number of steps; gradientDescentMse with dynamics: 'steps' has the end of training on the squared loss.",
    })
  }
  if (showShape(representer.shape) !== showShape(outputs)) {
    throw shapeError(`The representer of start needs the shape ${showShape(outputs)}.`, representer.shape)
  }
  const first = times.reduce((a, b) => Math.min(a, b))
  if (first >= step) return
  throw new NtkError('value', {
    what: `Training that goes on from step ${step} has no earlier ones.`,
    got: `t ${first}`,
    fix: 'Leave `start` out.',
  })
}
