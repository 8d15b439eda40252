import type { Tree } from '@ntk/autodiff'
import { type Key, NtkError, type NtkErrorCode, type NtkErrorParts, type Tensor } from '@ntk/tensor'
import type { CheckpointStore } from './checkpoint-store.js'
import type { DataPair } from './data-pair.js'
import type { EarlyStop } from './early-stop.js'
import type { Loss } from './loss.js'
import type { Measurement } from './measurements.js'
import type { Optimizer } from './optimizer.js'
import type { TrainRecord, TrainState } from './train-state.js'

export interface TrainProgress {
  /** Updates made, and in all. */
  readonly done: number
  readonly total: number
  /** Loss of the step's batch before its update. */
  readonly loss: number
}

/** What `train` and `trainEnsemble` share. */
export interface SharedTrainOptions<P extends Tree> {
  /** (params, x [n, ...]) to outputs [n, k...]: a network's `apply`, or that of `linearizedModel`. */
  readonly apply: (params: P, x: Tensor) => Tensor
  readonly x: Tensor
  readonly y: Tensor
  /** 'mean' (the default): `mse`, ½ mean (f − y)²; 'sum': the papers' total ½ Σ (f − y)²; or a function. */
  readonly loss?: Loss | 'mean' | 'sum' | undefined
  readonly optimizer: Optimizer
  /** Updates in all, those before `start` included. */
  readonly steps: number
  /** Samples a step; all where absent. */
  readonly batchSize?: number | undefined
  /** Draws the order of samples in each epoch; needed with `batchSize`. */
  readonly key?: Key | undefined
  /**
   * Changes the batch of a step before it is trained on, as flips and crops do: a pure function of a key, which depends on `key` and the
   * step alone, and of the batch. Evaluations see the data as they are. Needs `key`.
   */
  readonly augment?: ((key: Key, batch: DataPair) => DataPair) | undefined
  /** Sets evaluated beside the training set, as { test: { x, y } }. */
  readonly evaluate?: Readonly<Record<string, DataPair>> | undefined
  /** Beside the loss, by name, as { accuracy }. */
  readonly metrics?: Readonly<Record<string, Loss>> | undefined
  /** Keep the outputs of every evaluation. */
  readonly outputs?: boolean | undefined
  /** Evaluate at these steps; the first and the last unless given. */
  readonly at?: readonly number[] | undefined
  /** Evaluate at every multiple of this, and at the last step. */
  readonly evaluateEvery?: number | undefined
  /** Samples evaluated at once, 1024 unless given: bounds memory. */
  readonly evaluateBatchSize?: number | undefined
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface TrainOptions<P extends Tree> extends SharedTrainOptions<P> {
  readonly params: P
  /** Where weight decay draws to in place of zero: of a linearization its `params0`, for its weights are u = θ − θ0. */
  readonly decayFrom?: P | undefined
  /** Measured at every evaluation, by name, as { moved: relativeChange(params) }. */
  readonly measure?: Readonly<Record<string, Measurement<P>>> | undefined
  readonly earlyStop?: EarlyStop | undefined
  /** Go on from here, with the same data, optimizer and key. */
  readonly start?: TrainState | undefined
  readonly onRecord?: ((record: TrainRecord) => void) | undefined
  /** Called with what training can go on from, every `checkpointEvery` steps, at the end, and on abort; a promise is waited for. */
  readonly onCheckpoint?: ((state: TrainState<P>) => unknown) | undefined
  /** Where training goes on from, if something is there (else from `start`), and is kept at the same moments: `fileCheckpoint(path)` of @ntk/optim/node. */
  readonly checkpoint?: CheckpointStore | undefined
  readonly checkpointEvery?: number | undefined
}

export interface TrainResult<P extends Tree> extends TrainState<P> {
  readonly history: readonly TrainRecord[]
  /** Whether `earlyStop` ended it. */
  readonly stoppedEarly: boolean
}

/** 'aborted' or 'diverged', with all that was finished: `state` to go on from, and the evaluations so far. */
export class TrainingStopped<P extends Tree = Tree> extends NtkError {
  readonly state: TrainState<P>
  readonly history: readonly TrainRecord[]

  constructor(
    code: Extract<NtkErrorCode, 'aborted' | 'diverged'>,
    parts: NtkErrorParts,
    state: TrainState<P>,
    history: readonly TrainRecord[],
  ) {
    super(code, parts)
    this.state = state
    this.history = history
  }
}
