/** A mean with its standard error. */
export interface Estimate {
  readonly value: number
  /** Of the mean, from the spread between folds or draws; null where there is one alone. */
  readonly error: number | null
}

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] as number
  return sum / values.length
}

/** The mean of values, and its standard error s/√k. */
export function estimateOf(values: readonly number[]): Estimate {
  const [value, k] = [meanOf(values), values.length]
  if (k < 2) return { value, error: null }
  const squares = values.reduce((sum, v) => sum + (v - value) ** 2, 0)
  return { value, error: Math.sqrt(squares / (k - 1) / k) }
}

/** The mean over all samples of a number of each, and its standard error from the means of folds, which are of about one size. */
export function pooled(ofSamples: Float64Array, folds: readonly (readonly number[])[]): Estimate {
  const means = folds.map((fold) => meanOf(fold.map((i) => ofSamples[i] as number)))
  return { value: meanOf(ofSamples), error: estimateOf(means).error }
}
