/** A job is repeated for so long before it is timed: engines compile what has run often, which a step of training does. */
const WARM_MS = 1000

/** Best and median wall time of repeated runs of one job, in milliseconds. */
export interface Timing {
  readonly first: number
  readonly best: number
  readonly median: number
}

/** What a job returns to be judged by its own clock, not by ours. */
export interface OwnTime {
  readonly ms: number
}

function ownTime(result: unknown): number | null {
  const ms = typeof result === 'object' && result !== null && 'ms' in result ? (result as OwnTime).ms : null
  return typeof ms === 'number' ? ms : null
}

export interface TimeOptions {
  readonly runs?: number
  readonly budgetMs?: number
}

/** The times of a job, and for each job that took turns with it how many times longer it took: the median of the pairs. */
export interface PairedTiming<K extends string> {
  readonly timing: Timing
  readonly ratios: Readonly<Record<K, number>>
  readonly others: Readonly<Record<K, Timing>>
}

/** Runs a job once (the first call), again until it is warm, then until `runs` runs or `budgetMs` are spent. Jobs end with their numbers on the host. */
export async function time(job: () => unknown, options: TimeOptions = {}): Promise<Timing> {
  return (await timePaired(job, {}, options)).timing
}

/**
 * As `time`, with one run of each of the others after each run of the job: what a machine shared with others does to one
 * it does to all, so that ratios stay while times come and go.
 */
export async function timePaired<K extends string>(
  job: () => unknown,
  others: Readonly<Record<K, () => unknown>>,
  { runs = 7, budgetMs = 12_000 }: TimeOptions = {},
): Promise<PairedTiming<K>> {
  const names = Object.keys(others) as K[]
  const jobs = [job, ...names.map((name) => others[name])]
  const samples: number[][] = jobs.map(() => [])
  let spent = 0
  const warmUp = async (run: () => unknown, first: number): Promise<void> => {
    const until = performance.now() + WARM_MS - first
    while (performance.now() < until) await run()
  }
  // a job beyond the budget is not run again
  for (let i = 0; i <= runs && spent < budgetMs; i++) {
    for (const [j, run] of jobs.entries()) {
      const ms = await once(run)
      ;(samples[j] as number[]).push(ms)
      spent += ms
      if (i === 0) await warmUp(run, ms)
    }
  }
  const [own, ...rest] = samples.map(summary) as [Timing, ...Timing[]]
  const ratios = names.map((_, j) => {
    const pairs = (samples[0] as number[]).map((ms, i) => ms / (samples[j + 1]?.[i] as number))
    return median(afterFirst(pairs))
  })
  const named = <T>(values: readonly T[]): Record<K, T> =>
    Object.fromEntries(names.map((name, j) => [name, values[j]])) as Record<K, T>
  return { timing: own, ratios: named(ratios), others: named(rest) }
}

async function once(job: () => unknown): Promise<number> {
  const start = performance.now()
  const result = await job()
  return ownTime(result) ?? performance.now() - start
}

/** The first run warms up, and counts only where it is the only one. */
function afterFirst(samples: readonly number[]): readonly number[] {
  return samples.length > 1 ? samples.slice(1) : samples
}

function summary(samples: readonly number[]): Timing {
  const later = afterFirst(samples)
  return { first: samples[0] as number, best: Math.min(...later), median: median(later) }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}
