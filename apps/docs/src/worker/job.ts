/** Work of a demo: from plain settings to plain numbers, in a worker as in Node. Results so far go to `report`. */
export type Job<S, R> = (settings: S, report: (partial: R) => void) => Promise<R>

/** What a job is given where nobody looks at results so far. */
export const unheard = (): void => {}
