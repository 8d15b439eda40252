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

/** What scores f become before they are divided by a temperature; f itself where both are null. */
export interface Bend {
  /**
   * Where not null, log q with q = f + 1/C, which regression on one-hot targets estimates the probabilities themselves by; q is kept above 0 by
   * (q + √(q² + floor²))/2.
   */
  readonly floor: number | null
  /** Where not null, arsinh(f/knee): as f below the knee, and as its logarithm beyond, where a larger score says little more. */
  readonly knee: number | null
}

/** How scores become probabilities: by the softmax over classes c of g(f_c)/temperature + offset_c. */
export interface Calibration extends Bend {
  readonly temperature: number
  /** One a class; null where they are 0. */
  readonly offsets: readonly number[] | null
}

/** The softmax of f/T. */
export const plainSoftmax = (temperature: number): Calibration => ({
  temperature,
  floor: null,
  knee: null,
  offsets: null,
})

/** g(f) of one of so many classes. */
export function bent(f: number, { floor, knee }: Bend, classes: number): number {
  if (knee !== null) return Math.asinh(f / knee)
  return floor === null ? f : logPositive(f + 1 / classes, floor)
}

/** Probabilities [m, C]: of the mean, or their average over draws of the process. */
export function softmaxOf({ mean, variance }: Scores, calibration: Calibration, draws: Draws): Tensor {
  const { temperature, offsets } = calibration
  const [m, classes] = mean.shape as [number, number]
  const means = mean.dataSync()
  const out = new Float64Array(m * classes)
  const scores = new Float64Array(classes)
  const samples = draws === null ? 1 : draws.length / classes
  for (let i = 0; i < m; i++) {
    const deviation = Math.sqrt(variance[i] as number)
    for (let s = 0; s < samples; s++) {
      for (let c = 0; c < classes; c++) {
        const drawn = draws === null ? 0 : deviation * (draws[s * classes + c] as number)
        const f = (means[i * classes + c] as number) + drawn
        scores[c] = bent(f, calibration, classes) / temperature + (offsets?.[c] ?? 0)
      }
      softmaxInPlace(scores)
      for (let c = 0; c < classes; c++) {
        out[i * classes + c] = (out[i * classes + c] as number) + (scores[c] as number) / samples
      }
    }
  }
  return inDouble(out, [m, classes])
}

export function softmaxInPlace(scores: Float64Array): void {
  let largest = -Infinity
  for (const score of scores) if (score > largest) largest = score
  let total = 0
  for (let c = 0; c < scores.length; c++) {
    const e = Math.exp((scores[c] as number) - largest)
    scores[c] = e
    total += e
  }
  for (let c = 0; c < scores.length; c++) scores[c] = (scores[c] as number) / total
}

/** log of (q + √(q² + floor²))/2, without cancellation where q is below 0. */
function logPositive(q: number, floor: number): number {
  const root = Math.sqrt(q * q + floor * floor)
  return Math.log((q >= 0 ? q + root : (floor * floor) / (root - q)) / 2)
}
