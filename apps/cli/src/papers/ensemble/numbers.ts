import type { Tensor } from '@ntk/tensor'
import type { ResultsOf } from '../../experiment/stage.js'
import { type Mean, meanOf } from '../../measures/error-bar.js'
import { float64s } from '../../measures/rows.js'
import type { EnsembleSetup, EnsembleStages } from './stages.js'

/** Of outputs in units of the predicted spread, z = (f − μ) / σ: means over the points of each network, and then over networks. */
export interface Agreement {
  readonly time: number
  /** Inside two standard deviations. */
  readonly inside: Mean
  readonly z: Mean
  readonly squares: Mean
  /** The mean of z² where the readout alone is trained. */
  readonly readoutSquares: Mean
}

export interface EnsembleNumbers {
  readonly agreement: readonly Agreement[]
}

export const rowOf = (array: Tensor, time: number): Float64Array => {
  const points = array.shape[1] ?? 0
  return float64s(array).slice(time * points, (time + 1) * points)
}

export function ensembleNumbers(
  { theory, networks }: ResultsOf<EnsembleStages>,
  { times }: EnsembleSetup,
): EnsembleNumbers {
  const { mean, sigma, readout_mean, readout_sigma } = theory.arrays
  return {
    agreement: times.map((time, t) => {
      const zOf = (mu: Float64Array, spread: Float64Array): number[][] =>
        networks.map(({ arrays }) =>
          [...rowOf(arrays.outputs, t)].map((f, i) => (f - (mu[i] ?? 0)) / (spread[i] ?? 0)),
        )
      // Where a training input is learnt the spread comes to zero, and outputs there say nothing of the laws.
      const usable = rowOf(sigma, t).map((s) => (s > 0.02 ? 1 : 0))
      const kept = (zs: number[][]): number[][] => zs.map((z) => z.filter((_, i) => usable[i] === 1))
      const own = kept(zOf(rowOf(mean, t), rowOf(sigma, t)))
      const readout = kept(zOf(rowOf(readout_mean, t), rowOf(readout_sigma, t)))
      const over = (zs: number[][], of: (z: number) => number): Mean =>
        meanOf(zs.map((z) => z.reduce((sum, one) => sum + of(one), 0) / z.length))
      return {
        time,
        inside: over(own, (z) => (Math.abs(z) <= 2 ? 1 : 0)),
        z: over(own, (z) => z),
        squares: over(own, (z) => z ** 2),
        readoutSquares: over(readout, (z) => z ** 2),
      }
    }),
  }
}
