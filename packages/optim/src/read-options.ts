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
import type { CheckpointStore } from './checkpoint-store.js'
import { earlyStopRules } from './early-stop.js'
import type { ModelOf, TrainEnsembleOptions } from './ensemble-options.js'
import { requireLike } from './like.js'
import { type Loss, mse } from './loss.js'
import type { Measurement } from './measurements.js'
import { isOptimizer, type Optimizer } from './optimizer.js'
import type { TrainOptions } from './train-options.js'
import type { TrainState } from './train-state.js'

type Options = TrainOptions<Tree>

const callback = <K extends 'onRecord' | 'onProgress' | 'onCheckpoint' | 'augment'>(): Rule<Options[K]> =>
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

const aStore: Rule<CheckpointStore> = {
  ...rule<CheckpointStore>(
    'where checkpoints are kept',
    (v) => isRecord(v) && typeof v.load === 'function' && typeof v.save === 'function',
  ),
  hint: () => 'Make one, such as fileCheckpoint(path) of @ntk/optim/node.',
}

const aTree: Rule<Tree> = rule<Tree>('a tree of tensors', (v) => typeof v === 'object')

const lossRule: Rule<Loss | 'mean' | 'sum'> = either(aFunction<Loss>(), oneOf(['mean', 'sum']), 'mean')

const rules = {
  apply: aFunction<Options['apply']>(),
  params: aTree,
  x: aTensor(),
  y: aTensor(),
  loss: lossRule,
  optimizer: anOptimizer,
  steps: nonNegativeInteger(),
  batchSize: optional(positiveInteger()),
  key: optional(aKey()),
  augment: callback<'augment'>(),
  evaluate: optional(recordOf(record({ x: aTensor(), y: aTensor() }))),
  metrics: optional(recordOf(aFunction<Loss>())),
  outputs: boolean(false),
  at: optional(listOf(nonNegativeInteger(), 'a list of steps')),
  evaluateEvery: optional(positiveInteger()),
  evaluateBatchSize: positiveInteger(1024),
  decayFrom: optional(rule<Tree>('a tree of tensors', (v) => typeof v === 'object' && v !== null)),
  measure: optional(recordOf(aFunction<Measurement<Tree>>())),
  earlyStop: optional(record(earlyStopRules)),
  start: optional(aState),
  onRecord: callback<'onRecord'>(),
  onProgress: callback<'onProgress'>(),
  onCheckpoint: callback<'onCheckpoint'>(),
  checkpoint: optional(aStore),
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
  const read = readOptions('train', rules, options)
  if (read.decayFrom !== undefined) checkDecay(read.optimizer, read.decayFrom, read.params)
  if (read.earlyStop !== undefined && read.at === undefined && read.evaluateEvery === undefined) {
    throw new NtkError('option', {
      what: '`earlyStop` of train looks at evaluations, and there are none between the first step and the last.',
      fix: 'Give `evaluateEvery`, the steps from one to the next.',
    })
  }
  return checkSets('train', read)
}

function checkDecay(optimizer: Optimizer, decayFrom: Tree, params: Tree): void {
  if (optimizer.decays !== true) {
    throw new NtkError('option', {
      what: '`decayFrom` of train needs an optimizer that decays weights.',
      got: optimizer.name,
      fix: 'Put weightDecay(...) into a chain, or take adamw(...).',
    })
  }
  requireLike(decayFrom, params, '`decayFrom` of train must be like `params`', 'option')
}

const {
  decayFrom: _decayFrom,
  measure: _measure,
  earlyStop: _earlyStop,
  checkpoint: _store,
  start: _start,
  onRecord: _record,
  onCheckpoint: _checkpoint,
  checkpointEvery: _every,
  ...shared
} = rules

const ensembleRules = {
  ...shared,
  decayFrom: optional(
    rule<readonly Tree[]>('a list of as many trees as `params`', (v) => Array.isArray(v) && v.length > 0),
  ),
  params: rule<readonly Tree[]>(
    'a list of at least one tree of tensors',
    (v) => Array.isArray(v) && v.length > 0,
  ),
  model: optional(aFunction<ModelOf>()),
} satisfies RulesFor<TrainEnsembleOptions<Tree>>

/** As `readTrainOptions`, for the options of `trainEnsemble`. */
export function readEnsembleOptions<P extends Tree>(options: TrainEnsembleOptions<P>): TrainSettings {
  const read = readOptions('trainEnsemble', ensembleRules, options)
  const { decayFrom, params } = read
  if (decayFrom !== undefined && decayFrom.length !== params.length) {
    throw new NtkError('option', {
      what: 'trainEnsemble needs one tree for each member as `decayFrom`.',
      got: `${decayFrom.length} for ${params.length}`,
    })
  }
  decayFrom?.forEach((tree, i) => {
    checkDecay(read.optimizer, tree, params[i] as Tree)
  })
  return checkSets('trainEnsemble', read)
}

type Checked = TrainSettings & Pick<Options, 'x' | 'y' | 'evaluate' | 'steps' | 'at'>

function checkSets(
  owner: string,
  read: Omit<Checked, 'loss'> & { readonly loss: Loss | 'mean' | 'sum' },
): TrainSettings {
  const { x, y, loss, evaluate, steps, at, outputs, evaluateBatchSize } = read
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
  return { loss: typeof loss === 'function' ? loss : lossOf(loss), outputs, evaluateBatchSize }
}

function lossOf(loss: 'mean' | 'sum'): Loss {
  return (f, y) => mse(f, y, { loss })
}
