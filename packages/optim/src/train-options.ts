import type { Tree } from '@ntk/autodiff'
import { type Key, NtkError, type NtkErrorCode, type NtkErrorParts, type Tensor } from '@ntk/tensor'
import type { Loss } from './loss.js'
import type { Optimizer } from './optimizer.js'

/** Samples [n, ...] and their targets [n, k...]. */
export interface DataPair {
  readonly x: Tensor
  readonly y: Tensor
}

/** What training goes on from: give it as `start`, to the same data, optimizer and key, and the numbers are the same. */
export interface TrainState<P extends Tree = Tree> {
  /** Updates made. */
  readonly step: number
  readonly params: P
  readonly optimizerState: Tree
}

/** One evaluation of one data set. */
export interface SetRecord {
  /** Under 'loss' the loss, then the metrics asked for. */
  readonly metrics: Readonly<Record<string, number>>
  /** Network outputs, where `outputs` is set. */
  readonly outputs?: Tensor
}

export interface TrainRecord {
  /** Updates made before this evaluation; 0 is the start. */
  readonly step: number
  /** By name of the set: 'train', and those of `evaluate`. */
  readonly sets: Readonly<Record<string, SetRecord>>
}

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
  /** Go on from here, with the same data, optimizer and key. */
  readonly start?: TrainState | undefined
  readonly onRecord?: ((record: TrainRecord) => void) | undefined
  /** Called with what training can go on from, every `checkpointEvery` steps, at the end, and on abort. */
  readonly onCheckpoint?: ((state: TrainState<P>) => void) | undefined
  readonly checkpointEvery?: number | undefined
}

export interface TrainResult<P extends Tree> extends TrainState<P> {
  readonly history: readonly TrainRecord[]
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
