import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { NtkError } from '@ntk/tensor'
import type { Progress } from '../progress/progress.js'
import { diskError, quietly, temporaryName, writeAtomic } from './atomic.js'
import type { RunDirectory } from './directory.js'
import type { MetricsRow } from './metrics.js'

/** Plain values that a stage leaves, kept as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** What a finished stage leaves: values for JSON and files by name (arrays as npy). */
export interface StageResult {
  readonly values: { readonly [key: string]: Json }
  readonly files: Readonly<Record<string, Uint8Array>>
}

/** What a stage may use while it runs. */
export interface StageContext {
  readonly signal: AbortSignal
  readonly progress: Progress
  /** The result of an earlier stage, from this process or from the disk. */
  result(stage: string): StageResult
  /** Adds rows to the metrics of the run, at once. */
  record(rows: readonly Omit<MetricsRow, 'stage'>[]): void
}

/** One step of a run that is either finished, with its results on the disk, or not begun. */
export interface Stage {
  readonly name: string
  /** For progress lines: what it does, as a person would say it. */
  readonly title: string
  run(context: StageContext): Promise<StageResult>
}

/** How a stage ended up: computed now or found from an earlier go, and how long it took then. */
export interface StageTiming {
  readonly name: string
  readonly title: string
  readonly seconds: number
  readonly reused: boolean
}

interface Record_ {
  readonly seconds: number
  readonly values: { readonly [key: string]: Json }
  readonly files: Readonly<Record<string, string>>
}

const record = 'stage.json'
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** The folder of a stage appears only when everything in it is written: it is made aside and renamed. */
function save(run: RunDirectory, name: string, result: StageResult, seconds: number): void {
  const final = join(run.folder('stages'), name)
  const aside = temporaryName(final)
  try {
    run.ops.remove(aside)
    mkdirSync(aside, { recursive: true })
    const hashes: Record<string, string> = {}
    for (const [file, bytes] of Object.entries(result.files)) {
      writeAtomic(join(aside, file), bytes, run.ops)
      hashes[file] = sha256(bytes)
    }
    const kept: Record_ = { seconds, values: result.values, files: hashes }
    writeAtomic(join(aside, record), `${JSON.stringify(kept, null, 2)}\n`, run.ops)
    run.ops.remove(final)
    run.ops.rename(aside, final)
  } catch (error) {
    quietly(() => run.ops.remove(aside))
    // The inner message names a temporary file; the user knows the stage's folder.
    const cause = NtkError.isInstance(error) ? error.cause : error
    throw diskError(join(run.shown, 'stages', name), cause)
  }
}

/** The saved result, or undefined where there is none or a file was cut or changed since. */
function load(run: RunDirectory, name: string): { result: StageResult; seconds: number } | undefined {
  const path = run.file('stages', name, record)
  if (!existsSync(path)) return undefined
  try {
    const kept: Record_ = JSON.parse(readFileSync(path, 'utf8'))
    const files: Record<string, Uint8Array> = {}
    for (const [file, hash] of Object.entries(kept.files)) {
      const bytes = new Uint8Array(readFileSync(run.file('stages', name, file)))
      if (sha256(bytes) !== hash) return undefined
      files[file] = bytes
    }
    return { result: { values: kept.values, files }, seconds: kept.seconds }
  } catch {
    return undefined
  }
}

/** The names of stages, from the first on, whose complete results are on the disk: those that need not run again. */
export function finishedStages(run: RunDirectory, stages: readonly Stage[]): string[] {
  const missing = stages.findIndex((stage) => load(run, stage.name) === undefined)
  return stages.slice(0, missing < 0 ? stages.length : missing).map((stage) => stage.name)
}

/** What all stages of a run share. */
export interface RunContext {
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Where rows of metrics go; nowhere when absent. */
  readonly onRows?: (rows: readonly MetricsRow[]) => void
}

/**
 * Runs the stages in order. A stage whose results are on the disk is not run again; a stage after one that had to be
 * run is, since its inputs may have changed.
 *
 * @throws whatever a stage throws; the results of the stages before it stay
 */
export async function runStages(
  run: RunDirectory,
  stages: readonly Stage[],
  context: RunContext,
): Promise<{ result: (stage: string) => StageResult; timings: StageTiming[] }> {
  const results = new Map<string, StageResult>()
  const timings: StageTiming[] = []
  const result = (name: string): StageResult => {
    const found = results.get(name)
    if (found === undefined) throw new Error(`stage ${name} has not run`)
    return found
  }
  let fresh = false
  for (const stage of stages) {
    // Signals and the terminal get a turn between stages, whatever the stages do.
    await new Promise((go) => setImmediate(go))
    if (context.signal.aborted) throw new NtkError('aborted', { what: `Interrupted before: ${stage.title}.` })
    const saved = fresh ? undefined : load(run, stage.name)
    let timing: StageTiming
    if (saved === undefined) {
      fresh = true
      const start = performance.now()
      const { signal, progress, onRows } = context
      const record: StageContext['record'] = (rows) =>
        onRows?.(rows.map((row) => ({ stage: stage.name, ...row })))
      const made = await stage.run({ signal, progress, result, record })
      const seconds = (performance.now() - start) / 1000
      save(run, stage.name, made, seconds)
      results.set(stage.name, made)
      timing = { name: stage.name, title: stage.title, seconds, reused: false }
    } else {
      results.set(stage.name, saved.result)
      timing = { name: stage.name, title: stage.title, seconds: saved.seconds, reused: true }
      context.progress.note(`${stage.title}: kept from before`)
    }
    timings.push(timing)
  }
  return { result, timings }
}
