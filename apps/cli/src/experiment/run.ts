import { existsSync, readFileSync } from 'node:fs'
import { NtkError } from '@ntk/tensor'
import { renderFigure } from '../figures/render.js'
import { environment } from '../frame/environment.js'
import { isAbort, KeptError } from '../frame/errors.js'
import type { Io } from '../frame/io.js'
import { turn } from '../frame/turn.js'
import { duration, type Progress } from '../progress/progress.js'
import { type Fact, type ReportFigure, type ReportTable, renderReport } from '../report/html.js'
import { type RunDirectory, sweepTemporary } from '../runs/directory.js'
import { lockRun } from '../runs/lock.js'
import { MetricsLog } from '../runs/metrics.js'
import { metricsToParquet } from '../runs/parquet.js'
import { toPlain } from '../runs/plain.js'
import { valueAt } from '../settings/objects.js'
import type { Finding } from './finding.js'
import { findingsTable } from './findings-table.js'
import type { DrawnFigure, ExperimentPlan, Gathered } from './plan.js'
import { finishedStages, runStages, type StageTiming } from './run-stages.js'
import { workshopFor } from './threads.js'

/** What a finished run tells: printed, and the frame of results.json. */
export interface RunOutcome {
  readonly run: string
  readonly report: string
  /** What was found, in one sentence. */
  readonly headline: string
  readonly facts: readonly Fact[]
  readonly findings: readonly Finding[]
  /** The numbers behind them. */
  readonly results: object
}

export interface RunContext {
  readonly io: Io
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * Runs what is left of an experiment in its folder and writes metrics, figures, results and report. Only one process at a
 * time works on a folder.
 *
 * @param open makes or opens the folder, once the experiment's `before` has found what it needs on this machine
 * @throws what `before` throws, with no folder made; NtkError `option` where another process works on it; what a stage throws,
 *   as a KeptError that says how to go on where stages are finished. Where none is, what this process has made in the folder is gone again.
 */
export async function runExperiment(
  plan: ExperimentPlan,
  open: () => RunDirectory,
  context: RunContext,
): Promise<RunOutcome> {
  await plan.before(context.progress)
  const run = open()
  const lock = await lockRun(run)
  let done: readonly string[] = []
  const keep = (names: readonly string[]): void => {
    done = names
    context.io.onKept?.(names.length === 0 ? undefined : whatIsKept(plan, run, names))
  }
  try {
    sweepTemporary(run)
    return await finish(plan, run, context, keep)
  } catch (error) {
    const cause = isAbort(error) ? new NtkError('aborted', { what: 'Interrupted.' }) : error
    // Whatever failed in a folder that is no more failed for that.
    run.requireFolder()
    if (done.length > 0) throw new KeptError(cause, whatIsKept(plan, run, done))
    await lock.release()
    run.discard()
    throw cause
  } finally {
    await lock.release()
    context.io.onKept?.(undefined)
  }
}

/** So many stages are told by their names. */
const mostNames = 12

function whatIsKept(plan: ExperimentPlan, run: RunDirectory, names: readonly string[]): string {
  const stages = names.length === 1 ? '1 finished stage' : `${names.length} finished stages`
  const more = names.length > mostNames ? ', ...' : ''
  const told = `${names.slice(0, mostNames).join(', ')}${more}`
  return `${stages} (${told}); go on with: ntk ${plan.command} --resume ${run.shown}`
}

async function finish(
  plan: ExperimentPlan,
  run: RunDirectory,
  context: RunContext,
  keep: (names: readonly string[]) => void,
): Promise<RunOutcome> {
  const { stages } = plan
  const finished = finishedStages(run, stages)
  keep([...finished.keys()])
  keepEnvironment(run)
  const log = new MetricsLog(run, [...finished.keys()])
  const { result, timings } = await runStages(run, stages, finished, {
    ...context,
    title: plan.name,
    workshop: workshopFor(
      run,
      plan,
      stages.filter(({ name }) => !finished.has(name)),
      context.io,
    ),
    onRows: (rows) => log.append(rows),
    onFinished: keep,
  })
  log.order(stages.map(({ name }) => name))
  run.write('metrics.parquet', metricsToParquet(log.rows()))
  const gathered = plan.gather(result)
  const figures = await drawFigures(run, gathered.figures, context)
  keepEnvironment(
    run,
    timings.reduce((sum, { seconds }) => sum + seconds, 0),
  )
  return writeReport(plan, run, gathered, figures, timings, context.progress)
}

async function drawFigures(
  run: RunDirectory,
  figures: readonly DrawnFigure[],
  { progress, signal }: RunContext,
): Promise<ReportFigure[]> {
  const task = progress.task('drawing figures', figures.length)
  const drawn: ReportFigure[] = []
  try {
    run.folder('figures')
    for (const [i, { name, spec, caption, narrow }] of figures.entries()) {
      await turn(signal)
      const { json, svg, png } = await renderFigure(spec)
      run.write(`figures/${name}.vl.json`, json)
      run.write(`figures/${name}.svg`, svg)
      run.write(`figures/${name}.png`, png)
      drawn.push({ svg, caption, narrow })
      task.update(i + 1)
    }
    task.done()
  } catch (error) {
    task.stop()
    throw error
  }
  return drawn
}

function writeReport(
  plan: ExperimentPlan,
  run: RunDirectory,
  { story, findings, figures: drawn, results }: Gathered,
  figures: readonly ReportFigure[],
  timings: readonly StageTiming[],
  progress: Progress,
): RunOutcome {
  const { headline, lead, facts, tables = [], warnings = [] } = story
  const kept = toPlain(
    {
      experiment: plan.name,
      headline,
      findings,
      figures: drawn.map(({ name, caption, narrow }) => ({ name, caption, narrow })),
      ...results,
    },
    'the results',
  )
  run.write('results.json', `${JSON.stringify(kept, null, 2)}\n`)
  const report = renderReport({
    title: headline,
    kicker: `ntk ${plan.command} · ${run.id}`,
    lead,
    // Also what was warned of before an interruption.
    warnings: [...new Set([...warnings, ...progress.warnings])],
    facts,
    figures,
    ...(findings.length === 0 ? {} : { findings: findingsTable(findings) }),
    tables: [...tables, timeTable(timings)],
    config: readFileSync(run.file('config.yaml'), 'utf8'),
    environment: environment(),
    reproduce: `ntk ${plan.command} --config ${run.shown}/config.yaml`,
    files: existsSync(run.file('checkpoints')) ? [...files, checkpointFiles] : files,
  })
  run.write('report.html', report)
  return { run: run.shown, report: `${run.shown}/report.html`, headline, facts, findings, results }
}

/** Stages that follow each other under one title, a network each, say, are one row. */
function timeTable(timings: readonly StageTiming[]): ReportTable {
  const groups: { title: string; seconds: number; count: number; reused: number }[] = []
  for (const { title, seconds, reused } of timings) {
    const last = groups.at(-1)
    const group = last?.title === title ? last : { title, seconds: 0, count: 0, reused: 0 }
    if (group !== last) groups.push(group)
    group.seconds += seconds
    group.count += 1
    group.reused += reused ? 1 : 0
  }
  return {
    caption: 'Time',
    head: ['stage', 'took', ''],
    rows: groups.map(({ title, seconds, count, reused }) => [
      count === 1 ? title : `${title} (${count})`,
      duration(seconds),
      reused === 0 ? '' : `${reused === count ? '' : `${reused} `}kept from before`,
    ]),
  }
}

/** The machines that have worked on a run, in order, and what its stages took: `environment.json`. */
function keepEnvironment(run: RunDirectory, seconds?: number): void {
  const name = 'environment.json'
  // Free memory says how busy a machine was, not which it is.
  const now = environment().map(([label, value]) => [label, value.replace(/, [\d.]+ GB free$/, '')])
  const before: unknown = existsSync(run.file(name)) ? JSON.parse(readFileSync(run.file(name), 'utf8')) : {}
  const kept = valueAt(before, ['machines'])
  const known: unknown[] = Array.isArray(kept) ? kept : []
  const machines = JSON.stringify(known.at(-1)) === JSON.stringify(now) ? known : [...known, now]
  run.write(name, `${JSON.stringify({ machines, ...(seconds === undefined ? {} : { seconds }) }, null, 2)}\n`)
}

const files: readonly (readonly [string, string])[] = [
  ['config.yaml', 'the resolved config'],
  ['results.json', 'the numbers of this page'],
  ['environment.json', 'the machines that worked on it, and how long'],
  ['metrics.jsonl', 'a row for every curve, set and evaluated step'],
  ['metrics.parquet', 'the same as Parquet'],
  ['figures/', 'every figure as SVG, PNG and Vega-Lite'],
  ['stages/', 'what every stage has left: values, and arrays as npy'],
]

const checkpointFiles: readonly [string, string] = [
  'checkpoints/',
  'trained parameters and the state of training, as safetensors',
]
