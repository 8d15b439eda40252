import { NtkError } from '@ntk/tensor'
import { paceHere } from '../../estimates/pace.js'
import { findExperiment } from '../../experiment/find.js'
import { type RunOutcome, runExperiment } from '../../experiment/run.js'
import { finishedStages } from '../../experiment/run-stages.js'
import { type Runnable, type RunnablePlan, runCommand } from '../../experiment/runnable.js'
import { readSets, withMore } from '../../experiment/sets.js'
import { summaryOf } from '../../experiment/summary.js'
import { expectedSeconds } from '../../experiment/threads.js'
import type { Outcome, PlanLine, Prepared, Request } from '../../frame/command.js'
import { isAbort, reportError } from '../../frame/errors.js'
import type { Io } from '../../frame/io.js'
import { keepCommand, newestRun, presetOf } from '../../kept/command.js'
import { experiments } from '../../papers/all.js'
import { duration } from '../../progress/progress.js'
import { createRun, type OpenedRun, openRun, type RunDirectory, writeConfig } from '../../runs/directory.js'
import { readConfigFile } from '../../settings/file.js'
import { merge } from '../../settings/objects.js'
import { keyOf } from '../../settings/setting.js'

/** A run that is checked and not begun. */
interface Job {
  readonly plan: RunnablePlan
  /** What is there of it already. */
  readonly folder: RunDirectory | undefined
  readonly preset: string | undefined
  /** Makes the folder, or writes into it what has changed. */
  readonly open: () => RunDirectory
}

type Ask = Request<never>

/** `ntk experiment run`: all jobs are checked before the first begins. */
export async function runExperiments(request: Ask): Promise<Prepared> {
  const more = moreOf(request.text('more'))
  const resume = request.text('resume')
  const jobs: Job[] = []
  if (resume !== undefined) jobs.push(await resumed(request, openRun(request.io.cwd, resume), resume, more))
  else if (request.args.length === 0) {
    throw new NtkError('option', {
      what: 'There is no experiment to run.',
      fix: `Name some: ${Object.keys(experiments).join(', ')}; ntk experiment list says what they are.`,
    })
  } else {
    const found: Runnable[] = []
    for (const name of request.args) found.push(await findExperiment(experiments, name, request.io.cwd))
    for (const [i, experiment] of found.entries()) {
      const name = request.args[i] as string
      const sets = setsOf(request, experiment, found)
      jobs.push(more === 0 ? fresh(request, experiment, name, sets) : await newest(request, name, more))
    }
  }
  return {
    config:
      jobs.length === 1
        ? jobs[0]?.plan.config
        : Object.fromEntries(jobs.map(({ plan }) => [plan.name, plan.config])),
    plan: () => jobs.flatMap((job) => planLines(job, request.io)),
    run: () => runAll(jobs, request),
  }
}

function moreOf(text: string | undefined): number {
  if (text === undefined) return 0
  const more = Number(text)
  if (Number.isInteger(more) && more > 0) return more
  throw new NtkError('option', { what: '--more must be a whole number, at least 1.', got: text })
}

/** The settings that flags beside `--set` stand for. */
const short = [
  ['data', 'data'],
  ['dataDir', 'dataDir'],
  ['out', 'out'],
] as const

/** What is set of one experiment of several: of a flag such as `--data` those take notice that have its setting, if any has it. */
function setsOf(request: Ask, experiment: Runnable, all: readonly Runnable[]): string[] {
  const has = ({ settings }: Runnable, key: string): boolean =>
    settings.flags.some((one) => keyOf(one) === key)
  const flags = short.flatMap(([flag, key]) => {
    const value = request.text(flag)
    const meant = has(experiment, key) || !all.some((one) => has(one, key))
    return value === undefined || !meant ? [] : [`${key}=${value}`]
  })
  return [...flags, ...request.texts('set')]
}

function fresh(request: Ask, experiment: Runnable, name: string, set: readonly string[]): Job {
  const { cwd } = request.io
  const file = request.text('config')
  const preset = request.text('preset') ?? (file === undefined ? 'standard' : undefined)
  const sets = readSets(experiment, set, cwd)
  const said = merge(
    presetNamed(experiment, preset, request.text('preset') !== undefined),
    file === undefined ? {} : readConfigFile(cwd, file),
  )
  const command = `${runCommand}${name}`
  const plan = experiment.plan(merge(said, sets), file ?? 'the config', command)
  const open = (): RunDirectory => {
    const run = createRun(cwd, plan.out, { experiment: command, config: plan.config }, new Date())
    const words = [
      ...(preset === undefined ? [] : ['--preset', preset]),
      ...set.flatMap((one) => ['--set', one]),
    ]
    keepCommand(run, { preset, command: ['ntk', command, ...words].join(' ') })
    return run
  }
  return { plan, folder: undefined, preset, open }
}

/** The settings of a preset. An experiment without presets has its defaults, unless one was asked for. */
function presetNamed(
  experiment: Runnable,
  name: string | undefined,
  asked: boolean,
): Record<string, unknown> {
  if (name === undefined) return {}
  const found = Object.hasOwn(experiment.presets, name) ? experiment.presets[name] : undefined
  if (found !== undefined) return { ...found }
  if (!asked) return {}
  const known = Object.keys(experiment.presets)
  throw new NtkError('option', {
    what: `${experiment.name} has no preset "${name}".`,
    fix:
      known.length === 0
        ? 'It has none: say what differs from its defaults with --set.'
        : `It has ${known.join(', ')}.`,
  })
}

/** The newest run of an experiment, with more networks. */
async function newest(request: Ask, name: string, more: number): Promise<Job> {
  const out = request.text('out') ?? 'runs'
  const found = newestRun(request.io.cwd, out, `${runCommand}${name}`, request.text('preset'))
  if (found !== undefined) return resumed(request, found, found.run.shown, more)
  throw new NtkError('option', {
    what: `There is no run of ${name} in ${out} that --more could add to.`,
    fix: `Run it first: ntk experiment run ${name}`,
  })
}

async function resumed(request: Ask, opened: OpenedRun, shown: string, more: number): Promise<Job> {
  const { cwd } = request.io
  if (
    request.texts('set').length > 0 ||
    request.text('config') !== undefined ||
    request.text('data') !== undefined
  ) {
    throw new NtkError('option', {
      what: `What goes on with ${shown} has the config of that run.`,
      fix: 'Leave --set, --data and --config out, or start a new run.',
    })
  }
  const { experiment: command = '', config, run } = opened
  if (!command.startsWith(runCommand)) {
    throw new NtkError('option', {
      what: `${shown} is no run of ntk experiment run.`,
      fix: command === '' ? 'Give the folder of one.' : `Resume it with: ntk ${command} --resume ${shown}`,
    })
  }
  const experiment = await findExperiment(experiments, command.slice(runCommand.length), cwd)
  const source = `${shown}/config.yaml`
  const wanted = more === 0 ? config : withMore(experiment, config, more)
  const plan = experiment.plan(wanted, source, command)
  const open = (): RunDirectory => {
    if (more > 0) {
      writeConfig(run, { experiment: command, config: plan.config })
      keepCommand(run, { preset: presetOf(run), command: `ntk ${command} --more ${more}` })
    }
    return run
  }
  return { plan, folder: run, preset: presetOf(run), open }
}

/** Seconds that the stages that are left take here, about. */
function expected({ plan, folder }: Job, io: Io): number | undefined {
  const finished = folder === undefined ? new Map() : finishedStages(folder, plan.stages)
  return expectedSeconds(
    plan.stages.filter(({ name }) => !finished.has(name)),
    io,
  )
}

function planLines(job: Job, io: Io): PlanLine[] {
  const { plan, folder } = job
  const seconds = expected(job, io)
  const kept = folder === undefined ? 0 : finishedStages(folder, plan.stages).size
  const time = seconds === undefined ? undefined : seconds * paceHere()
  const stages = `${plan.stages.length} stages${kept > 0 ? `, ${kept} kept from before` : ''}`
  const about = time === undefined ? '' : `, about ${duration(time)} on this machine`
  return [[plan.name, `${stages}${about}`, { stages: plan.stages.length, kept, seconds: time ?? null }]]
}

/** Longer than this and the time is told before the work. */
const worthTelling = 30

async function runAll(jobs: readonly Job[], request: Ask): Promise<Outcome> {
  const { io, progress, signal } = request
  const finished: { outcome: RunOutcome; seconds: number }[] = []
  const failed: { name: string; error: unknown }[] = []
  for (const job of jobs) {
    const seconds = expected(job, io)
    if (seconds !== undefined && seconds > worthTelling)
      progress.note(`${job.plan.name}: about ${duration(seconds * paceHere())} on this machine`)
    const start = performance.now()
    try {
      const outcome = await runExperiment(job.plan, job.open, { io, progress, signal })
      finished.push({ outcome, seconds: (performance.now() - start) / 1000 })
    } catch (error) {
      // What one cannot do says nothing of the others; an interrupt is meant for all.
      if (jobs.length === 1 || isAbort(error)) throw error
      failed.push({ name: job.plan.name, error })
      progress.warn(`${job.plan.name}: ${reportError(error).what}`)
    }
  }
  const rest = failed.map(({ name, error }) => ({ experiment: name, error: reportError(error) }))
  const all = finished.map(({ outcome, seconds }) => ({ ...outcome, seconds }))
  const outcome: Outcome = {
    json: { runs: all, failed: rest, warnings: progress.warnings },
    text: (colour) => finished.map(({ outcome, seconds }) => summaryOf(outcome, seconds, colour)).join(''),
  }
  if (failed.length === 0) return outcome
  const failure = new NtkError('option', {
    what: `${failed.length} of ${jobs.length} experiments failed.`,
    got: failed.map(({ name, error }) => `${name}: ${reportError(error).what}`).join(' '),
    fix: failed
      .map(({ name, error }) => `${name}: ${reportError(error).kept ?? reportError(error).fix ?? ''}`)
      .join(' '),
  })
  return { ...outcome, failure }
}
