import type { Tree } from '@ntk/autodiff'
import { NtkError, showShape } from '@ntk/tensor'
import {
  aFunction,
  aKey,
  aSignal,
  aTensor,
  boolean,
  either,
  isRecord,
  listOf,
  nonNegativeInteger,
  oneOf,
  optional,
  positiveInteger,
  type Rule,
  type RulesFor,
  readOptions,
  record,
  recordOf,
  rule,
} from '@ntk/tensor/options'
import type { ModelOf, TrainEnsembleOptions } from './ensemble-options.js'
import { type Loss, mse } from './loss.js'
import { isOptimizer, type Optimizer } from './optimizer.js'
import type { TrainOptions, TrainState } from './train-options.js'

type Options = TrainOptions<Tree>

const callback = <K extends 'onRecord' | 'onProgress' | 'onCheckpoint'>(): Rule<Options[K]> =>
  optional(aFunction<NonNullable<Options[K]>>())

const anOptimizer: Rule<Optimizer> = {
  ...rule<Optimizer>('an optimizer', isOptimizer),
  hint: () => 'Make one, such as gradientDescent(0.1) or momentum(0.1).',
}

/** The result of a training has more beside, and serves as well. */
const aState: Rule<TrainState> = rule(
  'what training goes on from, { step, params, optimizerState }',
  (v) =>
    isRecord(v) &&
    Number.isSafeInteger(v.step) &&
    (v.step as number) >= 0 &&
    v.params !== undefined &&
    v.optimizerState !== undefined,
)

const lossRule: Rule<Loss | 'mean' | 'sum'> = either(aFunction<Loss>(), oneOf(['mean', 'sum']), 'mean')

const rules = {
  apply: aFunction<Options['apply']>(),
  params: rule<Tree>('a tree of tensors', (v) => typeof v === 'object'),
  x: aTensor(),
  y: aTensor(),
  loss: lossRule,
  optimizer: anOptimizer,
  steps: nonNegativeInteger(),
  batchSize: optional(positiveInteger()),
  key: optional(aKey()),
  evaluate: optional(recordOf(record({ x: aTensor(), y: aTensor() }))),
  metrics: optional(recordOf(aFunction<Loss>())),
  outputs: boolean(false),
  at: optional(listOf(nonNegativeInteger(), 'a list of steps')),
  evaluateEvery: optional(positiveInteger()),
  evaluateBatchSize: positiveInteger(1024),
  start: optional(aState),
  onRecord: callback<'onRecord'>(),
  onProgress: callback<'onProgress'>(),
  onCheckpoint: callback<'onCheckpoint'>(),
  checkpointEvery: optional(positiveInteger()),
  signal: optional(aSignal()),
} satisfies RulesFor<Options>

/** What defaults fill in. */
export interface TrainSettings {
  readonly loss: Loss
  readonly outputs: boolean
  readonly evaluateBatchSize: number
}

/** Checks the options of `train` and the sizes of its sets. */
export function readTrainOptions<P extends Tree>(options: TrainOptions<P>): TrainSettings {
  return checkSets('train', readOptions('train', rules, options))
}

const {
  start: _start,
  onRecord: _record,
  onCheckpoint: _checkpoint,
  checkpointEvery: _every,
  ...shared
} = rules

const ensembleRules = {
  ...shared,
  params: rule<readonly Tree[]>(
    'a list of at least one tree of tensors',
    (v) => Array.isArray(v) && v.length > 0,
  ),
  model: optional(aFunction<ModelOf>()),
} satisfies RulesFor<TrainEnsembleOptions<Tree>>

/** As `readTrainOptions`, for the options of `trainEnsemble`. */
export function readEnsembleOptions<P extends Tree>(options: TrainEnsembleOptions<P>): TrainSettings {
  return checkSets('trainEnsemble', readOptions('trainEnsemble', ensembleRules, options))
}

type Checked = TrainSettings & Pick<Options, 'x' | 'y' | 'evaluate' | 'steps' | 'at' | 'start'>

function checkSets(
  owner: string,
  read: Omit<Checked, 'loss'> & { readonly loss: Loss | 'mean' | 'sum' },
): TrainSettings {
  const { x, y, loss, evaluate, steps, at, start, outputs, evaluateBatchSize } = read
  for (const [name, set] of Object.entries({ train: { x, y }, ...evaluate })) {
    const [samples] = set.x.shape
    if (samples === undefined || samples === 0 || samples !== set.y.shape[0]) {
      throw new NtkError('shape', {
        what: `${owner} needs x and y of the ${name} set to hold as many samples, at least one, along axis 0.`,
        got: `${showShape(set.x.shape)} and ${showShape(set.y.shape)}`,
      })
    }
  }
  const beyond = at?.find((step) => step > steps)
  if (beyond !== undefined) {
    throw new NtkError('option', {
      what: `${owner} needs integers in [0, ${steps}] as \`at\`.`,
      got: String(beyond),
    })
  }
  if (start !== undefined && start.step > steps) {
    throw new NtkError('option', {
      what: 'train counts steps from the very start, and the state to go on from is beyond them.',
      got: `${steps} steps in all, start at step ${start.step}`,
    })
  }
  return { loss: typeof loss === 'function' ? loss : lossOf(loss), outputs, evaluateBatchSize }
}

function lossOf(loss: 'mean' | 'sum'): Loss {
  return (f, y) => mse(f, y, { loss })
}
