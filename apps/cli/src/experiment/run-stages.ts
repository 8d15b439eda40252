import { join } from 'node:path'
import { nativeBlas } from '@ntk/tensor'
import type { Io } from '../frame/io.js'
import { turn } from '../frame/turn.js'
import type { Progress } from '../progress/progress.js'
import type { RunDirectory } from '../runs/directory.js'
import type { MetricsRow } from '../runs/metrics.js'
import { loadStage, type Saved } from '../runs/store.js'
import { described, here } from './here.js'
import type { ResultOf, Stage } from './stage.js'
import { sayKept, secondsOf, wholeTask } from './stages-progress.js'
import type { Workshop } from './workshop.js'

/** How a stage ended up: computed now or found from before, and how long it took then. */
export interface StageTiming {
  readonly name: string
  readonly title: string
  readonly seconds: number
  readonly reused: boolean
}

/** What all stages of a run share. */
export interface StagesContext {
  /** Of the bar that stands for all stages, where each says how long it takes. */
  readonly title?: string
  readonly io: Io
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Where stages are computed; on this thread, one after the other, unless given. It is closed at the end. */
  readonly workshop?: Workshop
  /** Where rows of metrics go; nowhere when absent. */
  readonly onRows?: (rows: readonly MetricsRow[]) => void
  /** Called when a stage is finished, with the names of all that are. */
  readonly onFinished?: (names: readonly string[]) => void
}

/** The stages whose whole results are on the disk, with those of all that they need: they need not run again. */
export function finishedStages(run: RunDirectory, stages: readonly Stage[]): Map<string, Saved> {
  const finished = new Map<string, Saved>()
  for (const stage of stages) {
    const saved = stage.needs.every(({ name }) => finished.has(name))
      ? loadStage(run, described(stage))
      : undefined
    if (saved !== undefined) finished.set(stage.name, saved)
  }
  return finished
}

/** Results of stages by what is `saved` of them. */
export const resultsIn =
  (saved: ReadonlyMap<string, Saved>): ResultOf =>
  <O>(stage: Stage<O>): O => {
    const found = saved.get(stage.name)
    if (found === undefined) throw new Error(`stage ${stage.name} has not run`)
    // The output is what this very stage has given, now or before.
    return found.output as O
  }

/**
 * Runs the stages that are not `finished`: each as soon as those that it needs are there and the workshop has a place, the first of them
 * first. Results do not depend on how many run at once.
 *
 * @throws whatever a stage throws, once those beside it have stopped; the results of finished ones stay
 */
export async function runStages(
  run: RunDirectory,
  stages: readonly Stage[],
  finished: ReadonlyMap<string, Saved>,
  context: StagesContext,
): Promise<{ result: ResultOf; timings: StageTiming[] }> {
  const { io, signal, progress, onRows, onFinished, workshop = here(run) } = context
  const saved = new Map<string, Saved>()
  const result = resultsIn(saved)
  sayKept(progress, stages, finished)
  const whole = wholeTask(context, stages, finished)
  const waiting = stages.filter(({ name }) => !finished.has(name))
  const running = new Map<Stage, Promise<void>>()
  const left = (): Stage[] => [...running.keys(), ...waiting]

  const keep = (stage: Stage, one: Saved): void => {
    saved.set(stage.name, one)
    releaseUnneeded(saved, left())
    onFinished?.(stages.flatMap(({ name }) => (saved.has(name) ? [name] : [])))
  }
  const make = async (stage: Stage, cores: number): Promise<void> => {
    const { name } = stage
    const onPart = (share: number): void => whole?.part(stage, share)
    onPart(0)
    const one = await workshop.make(
      stage,
      {
        result,
        context: {
          io,
          signal,
          progress,
          onPart,
          record: (rows) => onRows?.(rows.map((row) => ({ stage: name, ...row }))),
          checkpoint: (file) => join(run.folder('checkpoints'), file),
        },
      },
      cores,
    )
    running.delete(stage)
    onPart(1)
    keep(stage, one)
  }

  // Where stages show bars of their own they run one after the other, with all cores.
  const counted = secondsOf(stages) !== undefined
  const blas = nativeBlas()
  const blasThreads = blas?.threads() ?? null
  try {
    for (const stage of stages) {
      const kept = finished.get(stage.name)
      if (kept !== undefined) keep(stage, kept)
    }
    while (waiting.length > 0 || running.size > 0) {
      await turn(signal)
      const next = nextOf(waiting, [...running.keys()], saved).slice(0, workshop.places - running.size)
      const cores = Math.max(1, Math.floor(workshop.cores / (running.size + next.length)))
      for (const stage of next) {
        if (counted) blas?.setThreads(stage.alone ? workshop.cores : 1)
        waiting.splice(waiting.indexOf(stage), 1)
        running.set(stage, make(stage, cores))
      }
      await Promise.race(running.values())
    }
  } catch (error) {
    whole?.stop()
    // Whoever works on the folder next must be alone.
    await workshop.close()
    await Promise.allSettled(running.values())
    throw error
  } finally {
    if (blasThreads !== null) blas?.setThreads(blasThreads)
  }
  whole?.done()
  await workshop.close()
  const timings = stages.map(({ name, title }): StageTiming => {
    const seconds = saved.get(name)?.seconds ?? Number.NaN
    return { name, title, seconds, reused: finished.has(name) }
  })
  return { result, timings }
}

/** Those that can begin beside the `running`: one that runs alone waits for them, and those behind it wait for it. */
function nextOf(
  waiting: readonly Stage[],
  running: readonly Stage[],
  saved: ReadonlyMap<string, Saved>,
): readonly Stage[] {
  if (running.some(({ alone }) => alone)) return []
  const ready = waiting.filter(({ needs }) => needs.every(({ name }) => saved.has(name)))
  const [first] = ready
  if (first?.alone === true) return running.length === 0 ? [first] : []
  const alone = ready.findIndex((stage) => stage.alone)
  return alone < 0 ? ready : ready.slice(0, alone)
}

/** Arrays that no later stage needs leave memory; figures read from the disk those that they draw. */
function releaseUnneeded(saved: ReadonlyMap<string, Saved>, left: readonly Stage[]): void {
  const needed = new Set(left.flatMap(({ needs }) => needs.map(({ name }) => name)))
  for (const [name, { release }] of saved) if (!needed.has(name)) release()
}
