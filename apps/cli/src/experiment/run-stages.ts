import { join } from 'node:path'
import { scope } from '@ntk/tensor'
import type { Io } from '../frame/io.js'
import { turn } from '../frame/turn.js'
import type { Progress } from '../progress/progress.js'
import type { RunDirectory } from '../runs/directory.js'
import type { MetricsRow } from '../runs/metrics.js'
import { loadStage, type Saved, type StageOutput, saveStage } from '../runs/store.js'
import type { ResultOf, Stage } from './stage.js'

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
  /** Where rows of metrics go; nowhere when absent. */
  readonly onRows?: (rows: readonly MetricsRow[]) => void
  /** Called when a stage is finished, with the names of all that are. */
  readonly onFinished?: (names: readonly string[]) => void
}

const described = (stage: Stage): { name: string; needs: string[] } => ({
  name: stage.name,
  needs: stage.needs.map(({ name }) => name),
})

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

/**
 * Runs the stages that are not `finished`, in order.
 *
 * @throws whatever a stage throws; the results of the stages before it stay
 */
export async function runStages(
  run: RunDirectory,
  stages: readonly Stage[],
  finished: ReadonlyMap<string, Saved>,
  context: StagesContext,
): Promise<{ result: ResultOf; timings: StageTiming[] }> {
  const saved = new Map<string, Saved>()
  const timings: StageTiming[] = []
  const result: ResultOf = <O>(stage: Stage<O>): O => {
    const found = saved.get(stage.name)
    if (found === undefined) throw new Error(`stage ${stage.name} has not run`)
    // The output is what this very stage has given, now or before.
    return found.output as O
  }
  const { io, signal, progress, onRows, onFinished } = context
  sayKept(progress, stages, finished)
  const whole = wholeTask(context, stages, finished)
  try {
    for (const [i, stage] of stages.entries()) {
      await turn(signal)
      const kept = finished.get(stage.name)
      const { name, title } = stage
      if (kept === undefined) {
        const record = (rows: readonly Omit<MetricsRow, 'stage'>[]): void =>
          onRows?.(rows.map((row) => ({ stage: name, ...row })))
        const checkpoint = (file: string): string => join(run.folder('checkpoints'), file)
        const onPart = (share: number): void => whole?.part(stage, share)
        onPart(0)
        const start = performance.now()
        // What a stage makes on a device and does not hand on is freed at its end.
        const output = await scope((owner) =>
          owner.wait(
            stage.compute(result, {
              io,
              signal,
              progress,
              onPart,
              record,
              checkpoint,
            }) as Promise<StageOutput>,
          ),
        )
        const seconds = (performance.now() - start) / 1000
        saved.set(name, saveStage(run, described(stage), output, seconds))
        timings.push({ name, title, seconds, reused: false })
      } else {
        saved.set(name, kept)
        timings.push({ name, title, seconds: kept.seconds, reused: true })
      }
      onFinished?.([...saved.keys()])
      releaseUnneeded(saved, stages.slice(i + 1))
    }
  } catch (error) {
    whole?.stop()
    throw error
  }
  whole?.done()
  return { result, timings }
}

/** More finished stages than this are told in one line. */
const mostNotes = 6

function sayKept(progress: Progress, stages: readonly Stage[], finished: ReadonlyMap<string, Saved>): void {
  const kept = stages.filter(({ name }) => finished.has(name))
  if (kept.length > mostNotes) progress.note(`${kept.length} of ${stages.length} stages: kept from before`)
  else for (const { title } of kept) progress.note(`${title}: kept from before`)
}

/** What stages together are expected to take on two cores; undefined where one does not say. */
export function secondsOf(stages: readonly Stage[]): number | undefined {
  const all = stages.map(({ seconds }) => seconds)
  return all.some((one) => one === undefined) ? undefined : all.reduce<number>((sum, one = 0) => sum + one, 0)
}

/** One bar for all stages that are to run, with the time left; undefined where they make their own. */
function wholeTask(
  { title = 'all stages', progress }: StagesContext,
  stages: readonly Stage[],
  finished: ReadonlyMap<string, Saved>,
): { part: (stage: Stage, share: number) => void; done: () => void; stop: () => void } | undefined {
  const left = stages.filter(({ name }) => !finished.has(name))
  const total = secondsOf(stages) === undefined ? undefined : secondsOf(left)
  if (total === undefined) return undefined
  const task = progress.task(title, total)
  return {
    part(stage, share) {
      const before = secondsOf(left.slice(0, left.indexOf(stage))) ?? 0
      task.update(before + Math.min(1, Math.max(0, share)) * (stage.seconds ?? 0), stage.title)
    },
    done: () => task.done(left.length === 1 ? '1 stage' : `${left.length} stages`),
    stop: () => task.stop(),
  }
}

/** Arrays that no later stage needs leave memory; figures read from the disk those that they draw. */
function releaseUnneeded(saved: ReadonlyMap<string, Saved>, left: readonly Stage[]): void {
  const needed = new Set(left.flatMap(({ needs }) => needs.map(({ name }) => name)))
  for (const [name, { release }] of saved) if (!needed.has(name)) release()
}
