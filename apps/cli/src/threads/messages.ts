import type { MetricsRow } from '../runs/metrics.js'
import type { Fault } from './fault.js'
import type { Terminal } from './terminal.js'

/** What the thread that does the work is started with. */
export interface Start {
  /** The file that it was started with, for threads of its own. */
  readonly entry: string
  readonly args: readonly string[]
  readonly stdout: Terminal
  readonly stderr: Terminal
}

/** What the thread that does the work says. */
export type Said =
  | { readonly kind: 'write'; readonly to: 'stdout' | 'stderr'; readonly text: string }
  /** What would stay if the process ended now; undefined where nothing would. */
  | { readonly kind: 'kept'; readonly kept: string | undefined }
  | { readonly kind: 'done'; readonly code: number }

/** What a thread that computes stages of a run is started with. */
export interface StagesStart {
  readonly cwd: string
  /** The folder of the run, which says what experiment it is, with its config. */
  readonly folder: string
  readonly stdout: Terminal
  readonly stderr: Terminal
}

/** Asks it for a stage. */
export interface StageAsked {
  readonly stage: string
  readonly cores: number
}

/** What a thread that computes stages says. */
export type StageSaid =
  | { readonly kind: 'write'; readonly to: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'note' | 'warn'; readonly text: string }
  | { readonly kind: 'part'; readonly share: number }
  | { readonly kind: 'rows'; readonly rows: readonly Omit<MetricsRow, 'stage'>[] }
  /** The result is on the disk. */
  | { readonly kind: 'made' }
  | { readonly kind: 'failed'; readonly fault: Fault }

/** Asks the work to stop where it can go on later. */
export const stop = 'stop'
