import { positive, type RulesFor, readOptions } from '@ntk/tensor/options'
import { type BlockMap, blockMap, blockRules, type DepthLayer, withoutGrowth } from './block.js'
import { correlationPoint, variancePoint } from './fixed-points.js'
import type { ActivationLike } from './layer-map.js'

export type Phase = 'ordered' | 'critical' | 'chaotic'

export interface MeanFieldOptions extends DepthLayer {
  /** The variance of the first layer's pre-activations, from which q* is looked for; 1 unless given. */
  readonly q?: number | undefined
  /** How near to 1 χ_1 counts as critical, 1e-7 unless given. */
  readonly tolerance?: number | undefined
}

/** Where the layers of a deep network take their inputs (Poole et al. 2016; Schoenholz et al. 2017; Xiao et al. 2020). */
export interface MeanField {
  readonly phase: Phase
  /**
   * q*, the variance of pre-activations, before layer norm; where every variance stays as it is (critical ReLU) that of the first
   * layer; Infinity where it grows by the factor `growth`.
   */
  readonly qStar: number
  /** The factor by which variances grow with each layer far down: 1, but for residual layers of activations like ReLU. */
  readonly growth: number
  /** c*, the stable correlation of two inputs; NaN where variances vanish (q* = 0): it then depends on the inputs. */
  readonly cStar: number
  /**
   * χ_1 = σ_w² E[φ'(u)²] at q*: by how much a small difference of inputs, squared, and gradients grow with each layer, measured by
   * variances where these grow. With dropout that of gradients alone, 1/keep times as much: it is what the NTK of an input with itself
   * grows by, and what the phase is told by.
   */
  readonly chi1: number
  /** χ of the pair at c*. */
  readonly chiC: number
  /** Layers over which the difference of near inputs falls by e, −1 / ln χ_1: Infinity where critical, negative where it grows. */
  readonly xi1: number
  /** Layers over which correlations come e times nearer to c*, −1 / ln χ_c. */
  readonly xiC: number
  /** Layers over which the mean predictor of the chaotic phase falls by e, −1 / ln (χ_c / χ_1) (Xiao et al. 2020, Equation 13); Infinity elsewhere. */
  readonly xiStar: number
}

const rules = {
  ...blockRules,
  q: positive(1),
  tolerance: positive(1e-7),
} satisfies RulesFor<MeanFieldOptions>

/**
 * The mean field of a deep fully connected network, [activation, Dense(wStd, bStd)] over and over: fixed points of variances and
 * correlations, which phase they make, and depth scales. What convolutions without pooling do to differences of means over positions is the
 * same (Xiao et al. 2018). With `residual`, `layerNorm` and `keep` that of residual layers, of layers behind layer norm, and with dropout, and of
 * any of these together.
 *
 * Throws NtkError 'value' where variances have no fixed point (ReLU with σ_w² > 2) and do not grow by one factor, 'spec' and 'unsupported' on what is no activation, has no
 * kernel or jumps.
 */
export function meanField(activation: ActivationLike, options?: MeanFieldOptions): MeanField {
  const { q, tolerance, ...block } = readOptions('meanField', rules, options)
  return meanFieldOf(withoutGrowth(blockMap(activation, block, 'meanField'), 'meanField'), q, tolerance)
}

/** A variance in place of 0, where kinks have no side: χ is what it is near to it. */
export const barely: number = 1e-30

const scaleOf = (chi: number): number => (chi === 0 ? 0 : -1 / Math.log(chi))

export function meanFieldOf(
  { map, growth }: { readonly map: BlockMap; readonly growth: number },
  q: number,
  tolerance: number,
): MeanField {
  const qStar = variancePoint(map, q)
  const chi1 = map.chi(qStar === 0 ? barely : qStar)
  const short = correlationPoint(map, qStar, chi1, tolerance)
  const chiC =
    qStar === 0
      ? Number.NaN
      : short === 0
        ? chi1
        : (map.pairs(qStar, Float64Array.of(short)).chi()[0] as number)
  const phase = Math.abs(chi1 - 1) <= tolerance ? 'critical' : chi1 < 1 ? 'ordered' : 'chaotic'
  const critical = phase === 'critical'
  // Of pairs that dropout holds apart correlations come to c* by χ_c in every phase.
  const stays = critical && qStar !== 0 && short === 0
  return {
    phase,
    qStar: growth === 1 ? qStar : Number.POSITIVE_INFINITY,
    growth,
    cStar: qStar === 0 ? Number.NaN : 1 - short,
    chi1,
    chiC,
    xi1: critical ? Number.POSITIVE_INFINITY : scaleOf(chi1),
    xiC: stays ? Number.POSITIVE_INFINITY : scaleOf(chiC),
    xiStar: phase === 'chaotic' ? scaleOf(chiC / chi1) : Number.POSITIVE_INFINITY,
  }
}
