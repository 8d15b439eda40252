import { type Key, normal, type Tensor } from '@ntk/tensor'
import { inDouble } from '../algebra/host.js'

/** What probabilities are made of: means [m, C] of the process and its variances [m]. */
export interface Scores {
  readonly mean: Tensor
  readonly variance: Float64Array
}

/** Standard normal draws [samples, C], the same for every sample and temperature; null where the mean alone is looked at. */
export type Draws = Float64Array | null

export function drawsOf(key: Key, samples: number, classes: number): Float64Array {
  return Float64Array.from(normal(key, [samples, classes]).dataSync())
}

/**
 * How scores become probabilities: by the softmax of f/T, or, where `floor` is not null, of log(q)/T with q = f + 1/C, which regression on one-hot
 * targets estimates the probabilities themselves by; q is kept above 0 by (q + √(q² + floor²))/2.
 */
export interface Calibration {
  readonly temperature: number
  readonly floor: number | null
}

/** Probabilities [m, C]: of the mean, or their average over draws of the process. */
export function softmaxOf(
  { mean, variance }: Scores,
  { temperature, floor }: Calibration,
  draws: Draws,
): Tensor {
  const [m, classes] = mean.shape as [number, number]
  const means = mean.dataSync()
  const out = new Float64Array(m * classes)
  const scores = new Float64Array(classes)
  const samples = draws === null ? 1 : draws.length / classes
  for (let i = 0; i < m; i++) {
    const deviation = Math.sqrt(variance[i] as number)
    for (let s = 0; s < samples; s++) {
      let largest = -Infinity
      for (let c = 0; c < classes; c++) {
        const drawn = draws === null ? 0 : deviation * (draws[s * classes + c] as number)
        const f = (means[i * classes + c] as number) + drawn
        const score = (floor === null ? f : logPositive(f + 1 / classes, floor)) / temperature
        scores[c] = score
        if (score > largest) largest = score
      }
      let total = 0
      for (let c = 0; c < classes; c++) {
        const e = Math.exp((scores[c] as number) - largest)
        scores[c] = e
        total += e
      }
      for (let c = 0; c < classes; c++) {
        out[i * classes + c] = (out[i * classes + c] as number) + (scores[c] as number) / total / samples
      }
    }
  }
  return inDouble(out, [m, classes])
}

/** log of (q + √(q² + floor²))/2, without cancellation where q is below 0. */
function logPositive(q: number, floor: number): number {
  const root = Math.sqrt(q * q + floor * floor)
  return Math.log((q >= 0 ? q + root : (floor * floor) / (root - q)) / 2)
}

/** The mean negative log probability of the true classes. */
export function negativeLogLikelihood(probabilities: Tensor, indices: ArrayLike<number>): number {
  const [m, classes] = probabilities.shape as [number, number]
  const p = probabilities.dataSync()
  let total = 0
  for (let i = 0; i < m; i++) {
    total -= Math.log(Math.max(p[i * classes + (indices[i] as number)] as number, Number.MIN_VALUE))
  }
  return total / m
}
