import { NtkError } from '@ntk/tensor'
import {
  type Command,
  defineCommand,
  type Extra,
  type Outcome,
  type Prepared,
  type Request,
} from '../frame/command.js'
import { createRun, openRun, type RunDirectory } from '../runs/directory.js'
import { checkConfig } from '../settings/check.js'
import type { Experiment, ExperimentHead, RunSettings } from './experiment.js'
import { type ExperimentPlan, planExperiment } from './plan.js'
import type { RunOutcome } from './run.js'
import { finishedStages } from './run-stages.js'
import type { StageEntry } from './stage.js'
import { summaryOf } from './summary.js'

/** What the command line says of an experiment, and where its code is. */
export interface ExperimentCommand<
  C extends RunSettings,
  S,
  G extends Readonly<Record<string, StageEntry>>,
  M extends object,
> {
  readonly head: ExperimentHead<C>
  readonly about: readonly string[]
  readonly examples: readonly string[]
  readonly load: () => Promise<Experiment<C, S, G, M>>
  /** Further flags. */
  readonly extras?: Readonly<Record<string, Extra>>
  /** What flags may ask for in place of a run; undefined of a request that does not. */
  readonly instead?: () => Promise<(request: Request<C>) => Prepared | undefined>
}

/** A command that runs an experiment, or goes on with an interrupted run of it. */
export function experimentCommand<
  C extends RunSettings,
  S,
  G extends Readonly<Record<string, StageEntry>>,
  M extends object,
>({ head, about, examples, load, extras = {}, instead }: ExperimentCommand<C, S, G, M>): Command {
  return defineCommand<C>({
    name: head.name,
    brief: head.summary,
    about,
    examples,
    settings: head.settings,
    ...(head.presets === undefined ? {} : { presets: head.presets }),
    extras: { ...extras, resume: { help: 'Go on with the run in this folder', placeholder: 'dir' } },
    load: async () => {
      const experiment = await load()
      const other = await instead?.()
      return (request) => other?.(request) ?? prepare(experiment, request)
    },
  })
}

function prepare<C extends RunSettings, S, G extends Readonly<Record<string, StageEntry>>, M extends object>(
  experiment: Experiment<C, S, G, M>,
  request: Request<C>,
): Prepared {
  const resume = request.text('resume')
  if (resume === undefined) {
    const given = request.config()
    const config = experiment.resolve?.(given) ?? given
    // The plan is made before the folder: what cannot be built leaves nothing behind.
    const plan = planExperiment(experiment, config)
    const make = (): RunDirectory =>
      createRun(request.io.cwd, config.out, { experiment: plan.name, config }, new Date())
    return prepared(plan, make, () => [], request)
  }
  request.refuseBeside(
    '--resume goes on with the config of the run',
    'Leave it out, or start a new run without --resume.',
  )
  const opened = openRun(request.io.cwd, resume)
  if (opened.experiment !== undefined && opened.experiment !== experiment.name) {
    throw new NtkError('option', {
      what: `${resume} is a run of ntk ${opened.experiment}.`,
      fix: `Resume it with: ntk ${opened.experiment} --resume ${resume}`,
    })
  }
  const kept = checkConfig(experiment.settings, opened.config, `${resume}/config.yaml`)
  const config = experiment.resolve?.(kept) ?? kept
  const plan = planExperiment(experiment, config)
  const finished = (): string[] => [...finishedStages(opened.run, plan.stages).keys()]
  return prepared(plan, () => opened.run, finished, request)
}

function prepared(
  plan: ExperimentPlan,
  folder: () => RunDirectory,
  finished: () => readonly string[],
  { io, progress, signal }: Pick<Request<unknown>, 'io' | 'progress' | 'signal'>,
): Prepared {
  return {
    config: plan.config,
    plan() {
      const kept = finished()
      return plan.stages.map(({ name, title }) => [
        name,
        kept.includes(name) ? `${title} (kept from before)` : title,
      ])
    },
    async run() {
      const { runExperiment } = await import('./run.js')
      const start = performance.now()
      const outcome = await runExperiment(plan, folder, { io, progress, signal })
      const seconds = (performance.now() - start) / 1000
      return present(outcome, seconds, progress.warnings)
    },
  }
}

function present(outcome: RunOutcome, seconds: number, warnings: readonly string[]): Outcome {
  return {
    json: { ...outcome, seconds, warnings },
    text: (colour) => summaryOf(outcome, seconds, colour),
  }
}
