/**
 * A worker that the head of a page starts, before any other script of the page is there, and that is asked for the first result of the
 * page's demo at once: it loads and computes while the page is read and drawn. `.vitepress/head.ts` writes the script that makes it.
 */
export interface EarlyWorker {
  readonly worker: Worker
  readonly job: string
  /** What it was asked for, as JSON. */
  readonly settings: string
  /** What it has said so far. */
  readonly events: readonly Event[]
  /** Ends the listening of the head. */
  readonly release: () => void
}

declare global {
  // A global of the page, which only `var` declares.
  var ntkEarly: EarlyWorker | undefined
}

/** The number of the question that the head asks. */
export const earlyId = 0

/** The early worker, for the first demo that has its job to do; the head hears no more of it. */
export function takeEarly(job: string): EarlyWorker | null {
  const early = globalThis.ntkEarly
  if (early === undefined || early.job !== job) return null
  globalThis.ntkEarly = undefined
  early.release()
  return early
}
