import type { Saved } from '../runs/store.js'
import type { ResultOf, Stage, StageContext } from './stage.js'

/** Places where stages are computed, some of them at once. */
export interface Workshop {
  /** How many stages may be under way at once. */
  readonly places: number
  /** How many of the machine's cores they share. */
  readonly cores: number
  /**
   * Computes a stage and keeps its result on the disk.
   *
   * @param cores how many of them it has
   * @throws whatever the stage throws
   */
  make(stage: Stage, job: StageJob, cores: number): Promise<Saved>
  /** Ends the places once nothing is under way. */
  close(): Promise<void>
}

/** What a stage is given, wherever it runs. */
export interface StageJob {
  readonly result: ResultOf
  readonly context: StageContext
}
