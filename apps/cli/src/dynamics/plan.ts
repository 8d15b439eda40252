import type { Io } from '../io.js'
import type { Fact } from '../report/html.js'
import type { Stage } from '../runs/stages.js'
import type { Setup } from './setup.js'

/** A config made ready to run: the network built, the stages listed. */
export interface Plan {
  readonly setup: Setup
  readonly stages: readonly Stage[]
  readonly io: Io
}

/** What a finished run tells: printed, and written as results.json. */
export interface Outcome {
  readonly run: string
  /** The finding in one sentence. */
  readonly finding: string
  readonly facts: readonly Fact[]
  readonly report: string
  /** The numbers behind the facts. */
  readonly results: Readonly<Record<string, unknown>>
}
