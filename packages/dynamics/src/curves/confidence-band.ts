import { erfInv, NtkError, showShape, type Tensor, tensor, tensorFromData } from '@ntk/tensor'
import { nonNegative, number, type RulesFor, readOptions } from '@ntk/tensor/options'
import { fromHost, onHost, shapeError } from '../host.js'
import { type Distribution, partsOf } from './distribution.js'

export interface ConfidenceBandOptions {
  /** The probability with which a value lies in the band at a point, in (0, 1); 0.95 unless given. */
  readonly level?: number | undefined
  /** Variance of the noise of observations, for a band of these and not of the function that they are of; 0 unless given. */
  readonly noise?: number | undefined
}

/** A band about a mean. Each shaped like the mean. */
export interface ConfidenceBand {
  readonly mean: Tensor
  readonly lower: Tensor
  readonly upper: Tensor
}

export const aLevel = (): ReturnType<typeof number> =>
  number('a number in (0, 1)', (v) => v > 0 && v < 1, 0.95)

const rules = { level: aLevel(), noise: nonNegative(0) } satisfies RulesFor<ConfidenceBandOptions>

const owner = 'confidenceBand'

/**
 * The band in which a Gaussian predictive distribution has its values with the probability `level`, point by point: mean ± z σ, σ² the diagonal of the covariance
 * plus `noise`, z = √2 erf⁻¹(level), 1.96 for 95 %. Of a mean [m, ...] and the covariance [m, m] of each of its outputs, or with a leading axis of times both, as
 * `gpInference` and `gradientDescentMseEnsemble` give them. Of a posterior it is a credible interval; for a band that holds whole functions see `confidenceBandOfSamples`.
 *
 * Throws NtkError 'value' without a covariance and on a variance below 0, 'shape', 'not-finite'.
 */
export function confidenceBand(distribution: Distribution, options?: ConfidenceBandOptions): ConfidenceBand {
  const { mean, covariance, center } = partsOf(owner, distribution)
  const { level, noise } = readOptions(owner, rules, options)
  const spread = deviations(onHost(covariance, 'covariance'), center, noise)
  const z = Math.SQRT2 * erfInv(tensor([level])).item()
  const edge = (sign: number): Tensor => {
    const data = center.dataSync().map((v, i) => v + sign * z * (spread[i] as number))
    return fromHost(tensorFromData(Float64Array.from(data), center.shape), mean)
  }
  return { mean, lower: edge(-1), upper: edge(1) }
}

/** √(C_ii + noise) of every number of the mean. */
function deviations(covariance: Tensor, mean: Tensor, noise: number): Float64Array {
  const several = covariance.rank === 3
  const times = several ? (mean.shape[0] as number) : 1
  const m = mean.shape[several ? 1 : 0]
  const expected = several ? [times, m, m] : [m, m]
  if (m === undefined || showShape(covariance.shape) !== showShape(expected as number[])) {
    throw shapeError(
      `${owner} needs a covariance [m, m] beside a mean [m, ...], or [times, m, m] beside [times, m, ...].`,
      covariance.shape,
      `The mean is ${showShape(mean.shape)}.`,
    )
  }
  const data = covariance.dataSync()
  const outputs = mean.size / (times * m)
  return Float64Array.from({ length: mean.size }, (_, i) => {
    const point = Math.floor(i / outputs)
    const variance = data[point * m + (point % m)] as number
    if (variance >= 0) return Math.sqrt(variance + noise)
    throw new NtkError('value', {
      what: `${owner} needs variances of at least 0.`,
      got: `${variance} at point ${point % m}`,
      fix: 'Give a covariance, as gpInference and gradientDescentMseEnsemble have it.',
    })
  })
}
