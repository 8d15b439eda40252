/** One thing that is under way, with a known end. */
export interface Task {
  /** @param value done so far, of the task's total */
  update(value: number, detail?: string): void
  /** Ends the task; the line that stays says what came of it. */
  done(summary?: string): void
  /** Ends a task that did not reach its end. */
  stop(): void
}

/** How a command tells a person what it is doing. All of it goes to stderr. */
export interface Progress {
  task(title: string, total: number): Task
  note(text: string): void
  warn(text: string): void
  /** What has been warned of, for reports and JSON. */
  readonly warnings: readonly string[]
}

/** Seconds as a person reads them: `0.4 s`, `12 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '?'
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** Time that is left when `done` of `total` took `seconds`, at the same pace. */
export function timeLeft(seconds: number, done: number, total: number): number {
  return done <= 0 ? Number.NaN : (seconds / done) * Math.max(0, total - done)
}
