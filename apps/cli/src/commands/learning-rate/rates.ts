import { criticalLearningRate, maxLearningRate } from '@ntk/dynamics'
import { maximum, tensorFromData } from '@ntk/tensor'
import { type SpectrumSummary, summarizeSpectrum } from '../../measures/spectrum.js'
import type { Found } from './kernel.js'
import type { LearningRateConfig } from './settings.js'

/** The largest stable learning rate of one way to descend. */
export interface StableRate {
  readonly optimizer: 'gradient descent' | 'momentum' | 'nesterov'
  readonly momentum: number
  /** Samples a step; null for all. */
  readonly batch: number | null
  readonly largest: number
}

export interface Rates {
  readonly rates: readonly StableRate[]
  /** 2 / (λ_min + λ_max), for the loss; null where there are too many rows for a spectrum. */
  readonly critical: number | null
  readonly spectrum: SpectrumSummary | null
  /** Steps of half of the largest rate in which the error along the slowest eigenvector falls to 1/e; null where it never does, or is not known. */
  readonly slowest: number | null
}

/** By what eigenvalues of the kernel are divided in the loss: the mean is over samples and outputs, of cross-entropy over samples. */
function sizeOf({ loss }: LearningRateConfig, { samples, outputs }: Found): number {
  if (loss === 'sum') return 1
  // The curvature of cross-entropy in the outputs of a sample is at most that of a softmax, one half.
  return loss === 'mean' ? samples * outputs : 2 * samples
}

export async function ratesOf(config: LearningRateConfig, found: Found): Promise<Rates> {
  const ySize = sizeOf(config, found)
  const { momentum: masses, weightDecay, batch } = config
  const rate = (mass: number, nesterov: boolean, batchSize: number | undefined): number =>
    maxLearningRate(found.kernel, { ySize, momentum: mass, nesterov, weightDecay, batchSize })
  const batches = batch === undefined ? [undefined] : [undefined, batch]
  const rates = batches.flatMap((batchSize): StableRate[] => {
    const of = (optimizer: StableRate['optimizer'], momentum: number): StableRate => ({
      optimizer,
      momentum,
      batch: batchSize ?? null,
      largest: rate(momentum, optimizer === 'nesterov', batchSize),
    })
    return [
      of('gradient descent', 0),
      ...masses.flatMap((mass) => [of('momentum', mass), of('nesterov', mass)]),
    ]
  })
  const spectrum = await summarizeSpectrum(found.kernel)
  if (spectrum === null) return { rates, critical: null, spectrum, slowest: null }
  const { eigenvalues, rank } = spectrum
  const values = tensorFromData(Float64Array.from(eigenvalues), [eigenvalues.length])
  const smallest = rank < eigenvalues.length ? 0 : (eigenvalues.at(-1) ?? 0)
  const perStep = ((rates[0]?.largest ?? 0) / 2) * (smallest / ySize + weightDecay)
  return {
    rates,
    // Rounding of the kernel, in float32 more than that of its eigenvalues, may leave some below 0.
    critical: criticalLearningRate(maximum(values, 0), { ySize }),
    spectrum,
    slowest: perStep > 0 ? 1 / perStep : null,
  }
}
