import type { TrainState } from './train-state.js'

/** What a training is, beside what it has come to. Training goes on from a checkpoint of the same run alone. */
export interface RunDescription {
  readonly optimizer: string
  readonly batchSize: number | null
  /** The words of the key, where there is one. */
  readonly key: readonly [number, number] | null
  /** Shape and dtype of x and y, and checksums of their first MiB. */
  readonly x: string
  readonly y: string
  /** A checksum of the parameters that it started from. */
  readonly params: string
  /** Outputs for the first sample at twice those parameters: they tell a network from its linearization. null: not finite. */
  readonly outputs: readonly (number | null)[]
}

/** Where training is kept and goes on from, such as a file. What `save` was given may be freed once it is done. */
export interface CheckpointStore {
  /** The state kept last, on the backends of `like`; null where there is none. Throws NtkError 'conflict' where it is that of another run. */
  load(like: TrainState, run: RunDescription): Promise<TrainState | null>
  save(state: TrainState, run: RunDescription): Promise<void>
}
