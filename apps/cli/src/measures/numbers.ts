// Small sums over plain arrays of outputs; all arrays are row-major [samples, outputs].

/** `1/2 mean (f - y)^2` over samples and outputs. */
export function lossOf(outputs: ArrayLike<number>, targets: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < targets.length; i++) sum += ((outputs[i] ?? Number.NaN) - (targets[i] ?? 0)) ** 2
  return sum / (2 * targets.length)
}

/** Root mean square of the difference. */
export function rmse(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(2 * lossOf(a, b))
}

/** Root mean square of the numbers themselves. */
export function rootMeanSquare(values: ArrayLike<number>): number {
  return rmse(values, new Float64Array(values.length))
}

/** `accuracy` of @ntk/optim, of plain arrays: a sample with NaN is not right. */
export function accuracyOf(outputs: ArrayLike<number>, targets: ArrayLike<number>, columns: number): number {
  const samples = targets.length / columns
  let right = 0
  for (let i = 0; i < samples; i++) {
    const at = i * columns
    if (holdsNaN(outputs, at, columns) || holdsNaN(targets, at, columns)) continue
    if (columns === 1) right += (outputs[at] ?? 0) > 0 === (targets[at] ?? 0) > 0 ? 1 : 0
    else right += largest(outputs, at, columns) === largest(targets, at, columns) ? 1 : 0
  }
  return right / samples
}

function holdsNaN(values: ArrayLike<number>, start: number, count: number): boolean {
  for (let j = start; j < start + count; j++) if (Number.isNaN(values[j])) return true
  return false
}

/** Index, from 0, of the largest of `count` values from `start` on. */
export function largest(values: ArrayLike<number>, start: number, count: number): number {
  let best = 0
  for (let j = 1; j < count; j++) if ((values[start + j] ?? 0) > (values[start + best] ?? 0)) best = j
  return best
}

/** The largest of |a - b| / |b|, over two curves taken at the same steps. */
export function largestRelativeDifference(a: readonly number[], b: readonly number[]): number {
  return Math.max(
    0,
    ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) / Math.abs(b[i] ?? Number.NaN)),
  )
}

/** The largest of |a - b| as a share of where b starts, over two curves taken at the same steps. */
export function largestShareOfStart(a: readonly number[], b: readonly number[]): number {
  return (
    Math.max(0, ...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)))) / Math.abs(b[0] ?? Number.NaN)
  )
}

/** Whole steps from 0 to `last`, about `count` of them, evenly spread over log(step), both ends included. */
export function evaluationSteps(last: number, count: number): number[] {
  const steps = new Set([0, last])
  // With this many the largest gap is below 1, and more of them name no other step.
  const enough = Math.ceil(last * Math.log(last + 1)) + 3
  if (count > enough) return evaluationSteps(last, enough)
  for (let i = 0; i < count - 1; i++) steps.add(Math.round(last ** (i / (count - 2 || 1))))
  return [...steps].filter((step) => step <= last).sort((a, b) => a - b)
}
