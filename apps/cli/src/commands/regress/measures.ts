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

/** A place on a calibration curve: what was promised and what came true, with its standard error. */
export interface CalibrationPoint {
  readonly promised: number
  readonly found: number
  readonly error: number
  readonly count: number
}

/** Samples by confidence, in at most `bins` bins of about equally many. */
export function calibrationOf(
  confidence: readonly number[],
  right: readonly boolean[],
  bins: number,
): CalibrationPoint[] {
  const order = confidence
    .map((_, i) => i)
    .sort((a, b) => (confidence[a] as number) - (confidence[b] as number))
  const m = order.length
  const count = Math.min(bins, Math.max(1, Math.floor(m / 25)))
  return Array.from({ length: count }, (_, b): CalibrationPoint => {
    const rows = order.slice(Math.round((b * m) / count), Math.round(((b + 1) * m) / count))
    const promised = rows.reduce((sum, i) => sum + (confidence[i] as number), 0) / rows.length
    const found = rows.filter((i) => right[i]).length / rows.length
    // Of the promise: a bin of which all are right still has an error bar.
    const error = Math.sqrt(Math.max(0, promised * (1 - promised)) / rows.length)
    return { promised, found, error, count: rows.length }
  })
}

/** What `calibrationError` is on average where every promise is kept, by the numbers of samples alone: E|x| = √(2/π) σ. */
export function calibrationFloor(points: readonly CalibrationPoint[]): number {
  const m = points.reduce((sum, { count }) => sum + count, 0)
  return points.reduce((sum, { error, count }) => sum + (count / m) * Math.sqrt(2 / Math.PI) * error, 0)
}

/** The mean over samples of |found − promised| of their bins. */
export function calibrationError(points: readonly CalibrationPoint[]): number {
  const m = points.reduce((sum, { count }) => sum + count, 0)
  return points.reduce((sum, { promised, found, count }) => sum + (count / m) * Math.abs(found - promised), 0)
}
