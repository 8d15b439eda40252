import type { Tensor } from '@ntk/tensor'
import {
  aTensor,
  axes,
  either,
  finite,
  nonNegative,
  number,
  oneOf,
  optional,
  orNull,
  positive,
  positiveInteger,
  type Rule,
  type RulesFor,
  record,
} from '@ntk/tensor/options'
import { regularizationRules, type Singular, singularRule } from '../options.js'
import type { Regularization } from '../regularization.js'
import { type Times, timesRule } from '../times.js'

/** 'auto': Dormand-Prince 5(4), and Rodas5P from where the former is held back by stability. */
export type OdeMethod = 'auto' | 'dormandPrince' | 'rodas'

export interface GradientDescentOptions extends Regularization {
  /** η, 1 unless given. */
  readonly learningRate?: number | undefined
  /** Heavy-ball momentum in [0, 1); 0, null or absent: none. t still counts steps, whose time is t √η. */
  readonly momentum?: number | null | undefined
  /** Axes of the outputs over which the kernel was averaged, so that it serves them alike. Unless given: all for kernels [n, n], else none. */
  readonly traceAxes?: number | readonly number[] | undefined
  /** 'auto' unless given. */
  readonly method?: OdeMethod | undefined
  /** Error of a step, as a share of what training has moved until then; 1e-10 unless given. */
  readonly relativeTolerance?: number | undefined
  /** Error of a step that is tolerated whatever has moved, in units of the outputs; 0 unless given. */
  readonly absoluteTolerance?: number | undefined
  /** Steps after which a prediction ends in an error; 50,000 unless given. */
  readonly maxSteps?: number | undefined
  /** As for `gradientDescentMse`: what `t: Infinity` gives where the kernel, with its regularizer, is singular. */
  readonly singular?: Singular | undefined
}

/** Where a training stands: all that is needed to go on. */
export interface TrainingState {
  /** Outputs on the training set [n, ...]. */
  readonly fTrain: Tensor
  /** Outputs on the test set; null where none was predicted. */
  readonly fTest?: Tensor | null | undefined
  /** With momentum: velocities q = ḟ of outputs, in the time t √η; at rest where they are null or left out. */
  readonly qTrain?: Tensor | null | undefined
  readonly qTest?: Tensor | null | undefined
}

export interface GradientDescentInput {
  /** In units of the learning rate, from the start or from `state`. Infinity, null or left out: where training ends. */
  readonly t?: Times | null | undefined
  /** Outputs at the start on the training set, shaped like y, or one number; 0 unless given. A tensor where y are labels. */
  readonly fTrain0?: Tensor | number | undefined
  /** Outputs at the start on the test set, or one number; 0 unless given. */
  readonly fTest0?: Tensor | number | undefined
  /** Θ(test, train), of as many axes as the training set's kernel; without it, or with null, nothing is predicted there. */
  readonly kTestTrain?: Tensor | null | undefined
  /** The state that another prediction ended in, in place of `fTrain0` and `fTest0`. */
  readonly state?: TrainingState | null | undefined
  /** As in the options of `gradientDescent`, for this prediction alone. */
  readonly singular?: Singular | undefined
}

export const gradientDescentRules: {
  readonly learningRate: Rule<number>
  readonly momentum: Rule<number | null>
  readonly traceAxes: Rule<number | readonly number[] | undefined>
  readonly method: Rule<OdeMethod>
  readonly relativeTolerance: Rule<number>
  readonly absoluteTolerance: Rule<number>
  readonly maxSteps: Rule<number>
  readonly singular: Rule<Singular>
  readonly diagReg: Rule<number>
  readonly diagRegAbsolute: Rule<boolean>
} = {
  learningRate: positive(1),
  momentum: orNull(
    number('a number in [0, 1)', (v) => v >= 0 && v < 1),
    null,
  ),
  traceAxes: optional(axes()),
  method: oneOf(['auto', 'dormandPrince', 'rodas'], 'auto'),
  relativeTolerance: number('a number in [1e-13, 0.1]', (v) => v >= 1e-13 && v <= 0.1, 1e-10),
  absoluteTolerance: nonNegative(0),
  maxSteps: positiveInteger(50_000),
  singular: oneOf(['error', 'range'], 'error'),
  ...regularizationRules,
} satisfies RulesFor<GradientDescentOptions>

const aState = record({
  fTrain: aTensor(),
  fTest: optional(orNull(aTensor())),
  qTrain: optional(orNull(aTensor())),
  qTest: optional(orNull(aTensor())),
})

export const predictRules: {
  readonly t: Rule<Times | null | undefined>
  readonly fTrain0: Rule<Tensor | number | undefined>
  readonly fTest0: Rule<Tensor | number | undefined>
  readonly kTestTrain: Rule<Tensor | null | undefined>
  readonly state: Rule<TrainingState | null | undefined>
  readonly singular: Rule<Singular | undefined>
} = {
  t: timesRule(),
  fTrain0: optional(either(aTensor(), finite())),
  fTest0: optional(either(aTensor(), finite())),
  kTestTrain: optional(orNull(aTensor())),
  state: optional(orNull(aState)),
  singular: singularRule(),
} satisfies RulesFor<GradientDescentInput>
