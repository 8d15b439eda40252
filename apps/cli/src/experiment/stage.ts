import type { Io } from '../frame/io.js'
import type { Progress } from '../progress/progress.js'
import type { MetricsRow } from '../runs/metrics.js'
import type { StageOutput } from '../runs/store.js'

/** What a stage may use while it runs. */
export interface StageContext {
  readonly io: Io
  readonly signal: AbortSignal
  readonly progress: Progress
  /** Says which share of the stage is done, of a stage that says how long it takes. */
  onPart(share: number): void
  /** Adds rows to the metrics of the run, at once. */
  record(rows: readonly Omit<MetricsRow, 'stage'>[]): void
  /** Absolute path of a file of the run, in `checkpoints/`, in which a stage keeps how far it is, for a resumed run. */
  checkpoint(name: string): string
}

/** The result of a stage that is done. */
export type ResultOf = <O>(stage: Stage<O>) => O

/**
 * One step of an experiment, made by `stage`. It is either finished, with its result on the disk, or not begun: an
 * interrupted run begins it again. `O` is its result.
 */
export interface Stage<O = unknown> {
  readonly name: string
  readonly title: string
  /** Stages whose results go in. */
  readonly needs: readonly Stage[]
  /** About how long it takes on one core; undefined where it is not known. */
  readonly seconds: number | undefined
  /** Whether nothing else runs beside it. */
  readonly alone: boolean
  /** Computes the result from those of the stages that it needs. */
  compute(results: ResultOf, context: StageContext): Promise<O>
}

/** A stage, several of a kind (one a width, one a network), or none. */
export type StageEntry = Stage | readonly Stage[] | null

/** The results of stages under the same names. */
export type ResultsOf<N> = {
  readonly [K in keyof N]: N[K] extends null
    ? null
    : N[K] extends Stage<infer O>
      ? O
      : N[K] extends readonly Stage<infer O>[]
        ? readonly O[]
        : N[K] extends Stage<infer O> | null
          ? O | null
          : never
}

export function stagesOf(entries: Readonly<Record<string, StageEntry>>): Stage[] {
  return Object.values(entries).flatMap((entry) => entry ?? [])
}

/** The results of stages, under the names that they have in `entries`, each looked up when it is read. */
export function resultsOf<N extends Readonly<Record<string, StageEntry>>>(
  entries: N,
  result: ResultOf,
): ResultsOf<N> {
  const results: Record<string, unknown> = {}
  for (const [name, entry] of Object.entries<StageEntry>(entries)) {
    const get = (): unknown => {
      if (entry === null) return null
      return 'compute' in entry ? result(entry) : entry.map(result)
    }
    Object.defineProperty(results, name, { enumerable: true, get })
  }
  // Each name has what `get` gives for its entry; a loop over names cannot say it.
  return results as ResultsOf<N>
}

/** What `stage` makes a stage of. */
export interface StageDefinition<N extends Readonly<Record<string, StageEntry>>, O extends StageOutput> {
  /** Of its folder in the run: small letters, digits and dashes. */
  readonly name: string
  /** For progress: what it does, as a person would say it. */
  readonly title: string
  /** Earlier stages whose results go in: when one of them is computed again, so is this. */
  readonly needs?: N
  /**
   * About how long it takes on one core. Where all stages say so, the plan tells the time of the run, and one bar with the
   * time left stands for all of them: such stages make no tasks of their own, and may call `onPart`.
   */
  readonly seconds?: number
  /**
   * Where all stages say how long they take, several run at once and each has one thread of BLAS, so that a sum is the same to the last
   * bit whatever runs beside it. A stage of large factorizations has all of them when it runs `alone`.
   */
  readonly alone?: boolean
  /**
   * Computes the result: `values` that JSON can hold and `arrays`. Both are kept on the disk, and are the same for those
   * who need them whether the stage ran now or before an interruption.
   */
  run(inputs: ResultsOf<N>, context: StageContext): Promise<O>
}

/** A stage of an experiment. */
export function stage<
  O extends StageOutput,
  N extends Readonly<Record<string, StageEntry>> = Readonly<Record<never, never>>,
>(definition: StageDefinition<N, O>): Stage<O> {
  const { name, title, needs, seconds, alone = false, run } = definition
  return {
    name,
    title,
    needs: needs === undefined ? [] : stagesOf(needs),
    seconds,
    alone,
    compute: (result, context) => run(resultsOf(needs ?? ({} as N), result), context),
  }
}
