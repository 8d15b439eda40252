import { NtkError } from '@ntk/tensor'
import { positive, positiveInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { type ActivationLike, type LayerMap, layerMap, stdRules } from './layer-map.js'
import { type MeanField, type MeanFieldOptions, meanFieldOf } from './mean-field.js'

export interface DepthLawsOptions extends MeanFieldOptions {
  /** m, the samples of the training set. */
  readonly samples: number
  /** d, the positions that a convolutional network takes its mean over before the readout; 1, the default, without pooling. */
  readonly pixels?: number | undefined
}

/** What the NTK of a deep network comes to (Xiao et al. 2020, Table 1): leading terms in the depth l, inputs having the variance q*. */
export interface DepthLaws extends MeanField {
  /** α, the power by which χ falls short of χ_1 where correlations fall short of 1: 1 of smooth activations, 1/2 of those with a kink. */
  readonly alpha: number
  /** Limit of the condition number: 1 in chaos, finite where critical, Infinity in order. */
  readonly kappa: number
  /** The factor by which κ grows with each layer far down, but for powers of l: χ_1^(−α) in order, else 1. */
  readonly kappaGrowth: number
  /** λ_max at depth l. */
  readonly lambdaMax: (depth: number) => number
  /** The other eigenvalues at depth l; NaN in order, where they depend on data and fall like χ_1^(α l). */
  readonly lambdaBulk: (depth: number) => number
  /** What the mean predictor at unseen inputs comes to, as a multiple of the sum of the labels; NaN in order, where it depends on data. */
  readonly predictorLimit: number
  /**
   * The factor by which the mean predictor of labels whose sum is 0 falls with each layer, but for powers of l: χ_c/χ_1 in chaos (Equation 13);
   * 1 where critical, which is like 1/l, and in order, where it stays.
   */
  readonly predictorDecay: number
  /** The same for what it makes of the sum of the labels: 1/χ_1 in chaos, 0 where c* is 0; else 1, see `predictorLimit`. */
  readonly sumDecay: number
}

const rules = {
  ...stdRules,
  q: positive(1),
  tolerance: positive(1e-7),
  samples: positiveInteger(),
  pixels: positiveInteger(1),
} satisfies RulesFor<DepthLawsOptions>

/**
 * The spectrum of the NTK of deep networks [activation, Dense(wStd, bStd)] and a readout, of samples of equal norm, far down. Where entries
 * off the diagonal come to r times those on it, λ_max is 1 − r + m r of these and all others are 1 − r. In chaos r = 0, in order r = 1. Where
 * critical r = α / (2α + 1): 1/3 for smooth activations, κ → (m + 2)/2, and 1/4 for those with a kink, κ → (m + 3)/3. The mean over
 * d positions divides 1 − r by d: κ → (d m + 2)/2.
 *
 * Beside the paper: with a kink the ordered κ grows by χ_1^(−1/2) a layer, for χ falls short of χ_1 by the root of 1 − c. And its mean
 * predictors are those of labels whose sum is 0: of any others, critical networks keep r / (1 − r + m r) of the sum, and in chaos it falls more
 * slowly than all else, with entries that stay over a diagonal that grows.
 *
 * Throws NtkError 'value' where variances vanish (ordered without biases), and what `meanField` throws.
 */
export function depthLaws(activation: ActivationLike, options: DepthLawsOptions): DepthLaws {
  const { q, tolerance, samples: m, pixels: d, ...stds } = readOptions('depthLaws', rules, options)
  const map = layerMap(activation, stds, 'depthLaws')
  const field = meanFieldOf(map, q, tolerance)
  const { qStar, chi1, phase } = field
  if (qStar === 0) {
    throw new NtkError('value', {
      what: 'depthLaws needs variances that stay: here they vanish with depth, and correlations depend on the inputs.',
      got: `${map.name} with wStd ${Math.sqrt(map.wVar)}, without biases`,
      fix: 'Give a bStd; critical(activation, { bStd }) gives the wStd of the critical point with it.',
    })
  }
  const alpha = kinkPower(map, qStar)
  if (phase === 'critical') {
    const r = alpha / (2 * alpha + 1)
    const apart = (1 - r) / d
    return {
      ...field,
      alpha,
      kappa: 1 + (m * r) / apart,
      kappaGrowth: 1,
      lambdaMax: (l) => qStar * l * (apart + m * r),
      lambdaBulk: (l) => qStar * l * apart,
      predictorLimit: r / (apart + m * r),
      predictorDecay: 1,
      sumDecay: 1,
    }
  }
  if (phase === 'chaotic') {
    const onDiagonal = (l: number): number => (qStar * (chi1 ** l - 1)) / (chi1 - 1) / d
    return {
      ...field,
      alpha,
      kappa: 1,
      kappaGrowth: 1,
      lambdaMax: onDiagonal,
      lambdaBulk: onDiagonal,
      predictorLimit: 0,
      predictorDecay: field.chiC / chi1,
      sumDecay: field.cStar === 0 ? 0 : 1 / chi1,
    }
  }
  return {
    ...field,
    alpha,
    kappa: Number.POSITIVE_INFINITY,
    kappaGrowth: chi1 ** -alpha,
    lambdaMax: () => (m * qStar) / (1 - chi1),
    lambdaBulk: () => Number.NaN,
    predictorLimit: Number.NaN,
    predictorDecay: 1,
    sumDecay: 1,
  }
}

/** α: 1/2 where φ' jumps, 1 where it is smooth. */
function kinkPower(map: LayerMap, q: number): number {
  const gaps = Float64Array.of(0, 2 ** -12, 2 ** -13)
  const [equal = 0, near = 0, nearer = 0] = map.pairs(q, gaps).chi()
  return Math.round(2 * Math.log2((equal - near) / (equal - nearer))) / 2
}
