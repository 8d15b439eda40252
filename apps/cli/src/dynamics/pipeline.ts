import type { Fact } from '../report/html.js'
import type { RunDirectory } from '../runs/directory.js'
import type { Stage } from '../runs/stages.js'
import type { Progress } from '../progress/progress.js'
import type { DynamicsConfig } from '../config/dynamics.js'
import type { Io } from '../io.js'

export interface Plan {
  readonly config: DynamicsConfig
  readonly stages: readonly Stage[]
}

export interface Outcome {
  readonly finding: string
  readonly facts: readonly Fact[]
  readonly report: string
}

export function buildPlan(config: DynamicsConfig, _io: Io): Plan {
  return { config, stages: [] }
}

export function runPlan(
  _plan: Plan,
  _run: RunDirectory,
  _c: { progress: Progress; signal: AbortSignal },
): Promise<Outcome> {
  throw new Error('not yet')
}
