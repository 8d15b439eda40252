import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { boolean, type RulesFor, readOptions, requireTensor } from '@ntk/tensor/options'
import { fromHost, onHost, shapeError } from '../host.js'
import { aLevel, type ConfidenceBand } from './confidence-band.js'

export interface ConfidenceBandOfSamplesOptions {
  /** The share of samples in the band, in (0, 1); 0.95 unless given. */
  readonly level?: number | undefined
  /** False (the default): at each point for itself. True: of whole samples, that lie in the band at all of their points. */
  readonly simultaneous?: boolean | undefined
}

const rules = {
  level: aLevel(),
  simultaneous: boolean(false),
} satisfies RulesFor<ConfidenceBandOfSamplesOptions>

const owner = 'confidenceBandOfSamples'

/**
 * The band of samples [samples, ...] of functions: outputs of trained networks, or draws by `sampleGaussian`. Point by point between the quantiles (1 ∓ level)/2, between order statistics
 * by a line; `simultaneous` as mean ± c σ, with the c at which that share of samples is in the band as a whole (Ruppert, Wand and Carroll 2003, Section 6.5).
 *
 * Throws NtkError 'value' for fewer samples than the quantiles need, 2 / (1 − level), 'shape', 'not-finite'.
 */
export function confidenceBandOfSamples(
  samples: Tensor,
  options?: ConfidenceBandOfSamplesOptions,
): ConfidenceBand {
  requireTensor(samples, `samples of ${owner}`)
  const { level, simultaneous } = readOptions(owner, rules, options)
  const host = onHost(samples, 'samples')
  const [count = 0, ...shape] = host.shape
  const size = host.size / Math.max(1, count)
  if (host.rank < 1 || size === 0) throw shapeError(`${owner} needs samples [samples, ...].`, host.shape)
  const needed = Math.ceil(2 / (1 - level) - 1e-9)
  if (count < needed) {
    throw new NtkError('value', {
      what: `A band of the level ${level} needs at least ${needed} samples.`,
      got: `${count}`,
      fix: 'Draw more, choose a lower level, or take confidenceBand of a mean and a covariance.',
    })
  }
  const data = host.dataSync() as Float64Array
  const means = new Float64Array(size)
  for (let i = 0; i < data.length; i++)
    means[i % size] = (means[i % size] as number) + (data[i] as number) / count
  const [lower, upper] = simultaneous ? whole(data, means, count, level) : pointwise(data, size, count, level)
  const give = (x: Float64Array): Tensor => fromHost(tensorFromData(x, shape), samples)
  return { mean: give(means), lower: give(lower), upper: give(upper) }
}

type Edges = readonly [lower: Float64Array, upper: Float64Array]

function pointwise(data: Float64Array, size: number, count: number, level: number): Edges {
  const edges: Edges = [new Float64Array(size), new Float64Array(size)]
  for (let i = 0; i < size; i++) {
    const sorted = Float64Array.from({ length: count }, (_, s) => data[s * size + i] as number).sort()
    edges[0][i] = quantile(sorted, (1 - level) / 2)
    edges[1][i] = quantile(sorted, (1 + level) / 2)
  }
  return edges
}

function whole(data: Float64Array, means: Float64Array, count: number, level: number): Edges {
  const size = means.length
  const variances = new Float64Array(size)
  data.forEach((v, i) => {
    const j = i % size
    variances[j] = (variances[j] as number) + (v - (means[j] as number)) ** 2 / (count - 1)
  })
  const spread = variances.map(Math.sqrt)
  // by how many σ a sample misses the mean where it misses it most
  const farthest = new Float64Array(count)
  data.forEach((v, i) => {
    const [sample, j] = [Math.floor(i / size), i % size]
    const sigma = spread[j] as number
    if (sigma > 0)
      farthest[sample] = Math.max(farthest[sample] as number, Math.abs(v - (means[j] as number)) / sigma)
  })
  const c = quantile(farthest.sort(), level)
  const edge = (sign: number): Float64Array => means.map((v, j) => v + sign * c * (spread[j] as number))
  return [edge(-1), edge(1)]
}

/** Of sorted numbers, by a line between the two next to it. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const [below, above] = [sorted[Math.floor(at)] as number, sorted[Math.ceil(at)] as number]
  return below + (at - Math.floor(at)) * (above - below)
}
