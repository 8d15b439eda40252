import type { Progress } from '../progress/progress.js'
import type { Saved } from '../runs/store.js'
import type { Stage } from './stage.js'

/** More finished stages than this are told in one line. */
const mostNotes = 6

export function sayKept(
  progress: Progress,
  stages: readonly Stage[],
  finished: ReadonlyMap<string, Saved>,
): void {
  const kept = stages.filter(({ name }) => finished.has(name))
  if (kept.length > mostNotes) progress.note(`${kept.length} of ${stages.length} stages: kept from before`)
  else for (const { title } of kept) progress.note(`${title}: kept from before`)
}

/** What stages together are expected to take on one core; undefined where one does not say. */
export function secondsOf(stages: readonly Stage[]): number | undefined {
  const all = stages.map(({ seconds }) => seconds)
  return all.some((one) => one === undefined) ? undefined : all.reduce<number>((sum, one = 0) => sum + one, 0)
}

/** One bar for all stages that are to run, with the time left; undefined where they make their own. */
export function wholeTask(
  { title = 'all stages', progress }: { readonly title?: string; readonly progress: Progress },
  stages: readonly Stage[],
  finished: ReadonlyMap<string, Saved>,
): { part: (stage: Stage, share: number) => void; done: () => void; stop: () => void } | undefined {
  const left = stages.filter(({ name }) => !finished.has(name))
  const total = secondsOf(stages) === undefined ? undefined : secondsOf(left)
  if (total === undefined) return undefined
  const task = progress.task(title, total)
  const shares = new Map<Stage, number>()
  return {
    part(stage, share) {
      shares.set(stage, Math.min(1, Math.max(0, share)))
      const done = left.reduce((sum, one) => sum + (shares.get(one) ?? 0) * (one.seconds ?? 0), 0)
      task.update(done, stage.title)
    },
    done: () => task.done(left.length === 1 ? '1 stage' : `${left.length} stages`),
    stop: () => task.stop(),
  }
}
