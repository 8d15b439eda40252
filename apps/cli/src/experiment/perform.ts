import type { Io } from '../frame/io.js'
import { createProgress, silentProgress } from '../progress/create.js'
import { createRun, openRun, type RunDirectory } from '../runs/directory.js'
import { checkConfig } from '../settings/check.js'
import type { Experiment, RunSettings, Some } from './experiment.js'
import { planExperiment } from './plan.js'
import { type RunOutcome, runExperiment } from './run.js'
import type { StageEntry } from './stage.js'

/** How to run an experiment from a program. */
export interface PerformOptions<C> {
  /** Settings in place of defaults. */
  readonly settings?: Some<C>
  /** The folder of an earlier run to go on with, in place of settings. */
  readonly resume?: string
  /** Folders are relative to this one; where the program runs unless given. */
  readonly cwd?: string
  readonly signal?: AbortSignal
  /** Whether to say nothing on stderr. */
  readonly quiet?: boolean
}

/**
 * Runs an experiment as the `ntk` command does: in a folder of its own, resumable, with metrics, figures, findings and a
 * report.
 *
 * @throws NtkError `config` for settings that are unknown or wrong, `locked` where another process works on the run that
 *   is resumed, and what a stage throws, as an error whose `kept` says how to go on
 */
export async function performExperiment<
  C extends RunSettings,
  S,
  G extends Readonly<Record<string, StageEntry>>,
  M extends object,
>(experiment: Experiment<C, S, G, M>, options: PerformOptions<NoInfer<C>> = {}): Promise<RunOutcome> {
  const { resume, cwd = process.cwd(), signal = new AbortController().signal, quiet = false } = options
  const io: Io = { stdout: process.stdout, stderr: process.stderr, env: process.env, cwd, signal }
  const progress = quiet ? silentProgress() : createProgress(io, false)
  const opened = resume === undefined ? undefined : openRun(cwd, resume)
  const source = resume === undefined ? 'the settings' : `${resume}/config.yaml`
  const given = checkConfig(experiment.settings, opened?.config ?? options.settings ?? {}, source)
  const config = experiment.resolve?.(given) ?? given
  const plan = planExperiment(experiment, config)
  const open = (): RunDirectory =>
    opened?.run ?? createRun(cwd, config.out, { experiment: plan.name, config }, new Date())
  return runExperiment(plan, open, { io, progress, signal })
}
