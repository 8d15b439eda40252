import type { Tree } from '@ntk/autodiff'
import type { Tensor } from '@ntk/tensor'
import type { Measured } from './measurements.js'

/** What training goes on from: give it as `start`, to the same data, optimizer and key, and the numbers are the same. */
export interface TrainState<P extends Tree = Tree> {
  /** Updates made. */
  readonly step: number
  readonly params: P
  readonly optimizerState: Tree
  /** Evaluations before, where they are to count: `earlyStop` looks at them, and those to come are appended. */
  readonly history?: readonly TrainRecord[] | undefined
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
  /** By name, where there is `measure`. */
  readonly measures?: Readonly<Record<string, Measured>>
}
