import { NtkError } from '@ntk/tensor'
import { positive, positiveInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { aShare, type BlockMap, blockMap, blockRules, withoutGrowth } from './block.js'
import type { ActivationLike, LayerMap } from './layer-map.js'
import { type MeanField, type MeanFieldOptions, meanFieldOf } from './mean-field.js'

export interface DepthLawsOptions extends MeanFieldOptions {
  /** m, the samples of the training set. */
  readonly samples: number
  /** d, the positions that a convolutional network takes its mean over before the readout; 1, the default, without pooling. */
  readonly pixels?: number | undefined
  /** What a dropout layer keeps that stands behind the last activation alone, before the readout; 1, the default, for none. */
  readonly keepLast?: number | undefined
}

/** What the NTK of a deep network comes to (Xiao et al. 2020, Table 1): leading terms in the depth l, inputs having the variance q*. */
export interface DepthLaws extends MeanField {
  /** α, the power by which χ falls short of χ_1 where correlations fall short of 1: 1 of smooth activations, 1/2 of those with a kink. */
  readonly alpha: number
  /** Limit of the condition number: 1 in chaos, finite where critical and in order with dropout, else Infinity in order. */
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
  ...blockRules,
  q: positive(1),
  tolerance: positive(1e-7),
  samples: positiveInteger(),
  pixels: positiveInteger(1),
  keepLast: aShare(),
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
 * With dropout in all layers correlations come to less than 1 and the ordered NTK keeps a diagonal: κ = 1 + m r / (1 − r), where r is the ratio
 * of what entries off the diagonal come to, c* q* / (1 − χ_c), to those on it, q* / (1 − χ_1). A dropout layer before the readout alone adds
 * (1/keepLast − 1)(q* − σ_b² + χ_1 p) to the diagonal p, as a regularizer would (Section 6.5, Section D). Layer norm and residual layers change
 * q*, χ_1 and what weights add to the NTK, not the laws; where residual layers of ReLU grow by the factor `growth`, eigenvalues grow by it with
 * each layer, too, and κ is that of the critical phase (Section 6.5).
 *
 * Throws NtkError 'value' where variances vanish (ordered without biases), NtkError 'unsupported' on pooling with dropout, and what `meanField` throws.
 */
export function depthLaws(activation: ActivationLike, options: DepthLawsOptions): DepthLaws {
  const read = readOptions('depthLaws', rules, options)
  const { q, tolerance, samples: m, pixels, keepLast, ...block } = read
  const whole = blockMap(activation, block, 'depthLaws')
  const { map, growth } = withoutGrowth(whole, 'depthLaws')
  const field = meanFieldOf({ map, growth }, q, tolerance)
  const { chi1, phase } = field
  const qStar = growth === 1 ? field.qStar : q + whole.bVar / (growth - 1)
  if (qStar === 0) {
    throw new NtkError('value', {
      what: 'depthLaws needs variances that stay: here they vanish with depth, and correlations depend on the inputs.',
      got: `${map.name} with wStd ${Math.sqrt(map.wVar)}, without biases`,
      fix: 'Give a bStd; critical(activation, { bStd }) gives the wStd of the critical point with it.',
    })
  }
  refuseBeside(map, pixels, keepLast)
  const alpha = kinkPower(map, qStar)
  // What the weights of a layer add to the NTK of an input with itself.
  const added = qStar - map.passing(qStar)
  const size = (l: number): number => growth ** l
  // Dropout before the readout multiplies what comes through the readout's weights: E[φ²], and the NTK of what is before.
  const dropped = 1 / keepLast - 1
  if (phase === 'critical' && map.keep === 1) {
    const r = alpha / (2 * alpha + 1)
    const apart = (1 - r) / pixels + dropped
    return {
      ...field,
      alpha,
      kappa: 1 + (m * r) / apart,
      kappaGrowth: 1,
      lambdaMax: (l) => size(l) * added * l * (apart + m * r),
      lambdaBulk: (l) => size(l) * added * l * apart,
      predictorLimit: r / (apart + m * r),
      predictorDecay: 1,
      sumDecay: 1,
    }
  }
  if (phase === 'chaotic' || phase === 'critical') {
    const grown = (l: number): number => (phase === 'critical' ? l : (chi1 ** l - 1) / (chi1 - 1))
    const onDiagonal = (l: number): number => (size(l) * added * grown(l) * (1 + dropped)) / pixels
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
  const own = added / (1 - chi1)
  if (map.keep === 1 && keepLast === 1) {
    return {
      ...field,
      alpha,
      kappa: Number.POSITIVE_INFINITY,
      kappaGrowth: chi1 ** -alpha,
      lambdaMax: () => m * own,
      lambdaBulk: () => Number.NaN,
      predictorLimit: Number.NaN,
      predictorDecay: 1,
      sumDecay: 1,
    }
  }
  const pair = (field.cStar * added) / (1 - field.chiC)
  const apart = own - pair + dropped * (qStar - map.bVar + chi1 * own)
  return {
    ...field,
    alpha,
    kappa: 1 + (m * pair) / apart,
    kappaGrowth: 1,
    lambdaMax: () => apart + m * pair,
    lambdaBulk: () => apart,
    predictorLimit: pair / (apart + m * pair),
    predictorDecay: field.cStar === 1 ? chi1 ** alpha : field.chiC,
    sumDecay: 1,
  }
}

/** α: 1/2 where φ' jumps, 1 where it is smooth. */
function kinkPower(map: LayerMap, q: number): number {
  const gaps = Float64Array.of(0, 2 ** -12, 2 ** -13)
  const [equal = 0, near = 0, nearer = 0] = map.pairs(q, gaps).chi()
  return Math.round(2 * Math.log2((equal - near) / (equal - nearer))) / 2
}

/** Throws NtkError 'unsupported' on what no law is known of. */
function refuseBeside({ keep, residual }: BlockMap, pixels: number, keepLast: number): void {
  const fault =
    pixels > 1 && Math.min(keep, keepLast) < 1
      ? 'the mean over positions beside dropout'
      : keepLast < 1 && (residual || keep < 1)
        ? `a dropout layer before the readout beside ${residual ? 'residual layers' : 'dropout in all layers'}`
        : null
  if (fault === null) return
  throw new NtkError('unsupported', {
    what: `depthLaws has no law of ${fault}.`,
    got: `pixels ${pixels}, keep ${keep}, keepLast ${keepLast}, residual ${residual}`,
    fix: 'pairsByDepth follows residual layers and dropout in all layers up to any depth.',
  })
}
