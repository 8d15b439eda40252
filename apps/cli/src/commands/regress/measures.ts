/** 1 less the squared error over that of the mean of the targets; NaN where these are all the same. */
export function r2Of(mean: ArrayLike<number>, truth: ArrayLike<number>): number {
  const m = truth.length
  let average = 0
  for (let i = 0; i < m; i++) average += (truth[i] as number) / m
  let [error, spread] = [0, 0]
  for (let i = 0; i < m; i++) {
    error += ((truth[i] as number) - (mean[i] as number)) ** 2
    spread += ((truth[i] as number) - average) ** 2
  }
  return spread === 0 ? Number.NaN : 1 - error / spread
}

/** A place on a calibration curve: what was promised and what came true, with the standard error that a kept promise has. */
export interface CalibrationPoint {
  readonly promised: number
  readonly found: number
  readonly error: number
  readonly count: number
}

/** What the error of intervals is on average where every promise is kept, by the numbers of samples alone: E|x| = √(2/π) σ. */
export function calibrationFloor(points: readonly CalibrationPoint[]): number {
  const m = points.reduce((sum, { count }) => sum + count, 0)
  return points.reduce((sum, { error, count }) => sum + (count / m) * Math.sqrt(2 / Math.PI) * error, 0)
}

/** The mean over levels of |found − promised|. */
export function calibrationError(points: readonly CalibrationPoint[]): number {
  const m = points.reduce((sum, { count }) => sum + count, 0)
  return points.reduce((sum, { promised, found, count }) => sum + (count / m) * Math.abs(found - promised), 0)
}
