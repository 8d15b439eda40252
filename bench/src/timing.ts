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

/** Runs `job` once (the first call), then until `runs` runs or `budgetMs` are spent. Jobs end with their numbers on the host. */
export async function time(
  job: () => unknown,
  { runs = 5, budgetMs = 12_000 }: TimeOptions = {},
): Promise<Timing> {
  const once = async (): Promise<number> => {
    const start = performance.now()
    const result = await job()
    return ownTime(result) ?? performance.now() - start
  }
  const first = await once()
  const samples: number[] = []
  let spent = first
  // a job beyond the budget is not run again
  for (let i = 0; i < runs && spent < budgetMs; i++) {
    const ms = await once()
    samples.push(ms)
    spent += ms
  }
  if (samples.length === 0) samples.push(first)
  samples.sort((a, b) => a - b)
  return { first, best: samples[0] as number, median: samples[Math.floor(samples.length / 2)] as number }
}
