import { NtkError } from '@ntk/tensor'
import { boolean, either, number, type Rule, type RulesFor } from '@ntk/tensor/options'
import { type ActivationLike, type LayerMap, type LayerStds, layerMap, stdRules } from './layer-map.js'

/** What stands around the activation of a layer: [LayerNorm,] activation, [Dropout,] Dense [+ what came in]. */
export interface LayerVariant {
  /**
   * Adds what comes in to what goes out, a z + W φ(z) + b, with layer norm that of the normalized z: true for a = 1, or a itself, in (0, 1]. Below 1 variances have a
   * fixed point. False unless given.
   */
  readonly residual?: boolean | number | undefined
  /** Normalizes pre-activations: z / √q comes in. False unless given. */
  readonly layerNorm?: boolean | undefined
  /** Of what an activation gives a share of 1 − keep is dropped; 1, the default, for no dropout. */
  readonly keep?: number | undefined
}

/** What a layer of a deep network is, with the standard deviations of its Dense. */
export interface DepthLayer extends LayerStds, LayerVariant {}

export const aShare = (): ReturnType<typeof number> => number('a number in (0, 1]', (v) => v > 0 && v <= 1, 1)

/** What residual layers add of what comes in, as an option. */
export const residualRule = (): Rule<boolean | number> =>
  either(
    boolean(false),
    number('a number in (0, 1]', (v) => v > 0 && v <= 1),
    false,
  )

/** s = a², the share of the variance that comes in which residual layers add; 0 of others. */
export const shareOf = (residual: boolean | number): number => Number(residual) ** 2

export const blockRules: RulesFor<DepthLayer> = {
  ...stdRules,
  residual: residualRule(),
  layerNorm: boolean(false),
  keep: aShare(),
}

/** A layer's map and what it is made of. */
export interface BlockMap extends LayerMap {
  /** The part of the next variance that passes by the weights: what the NTK of the layer's own weights lacks. 0 unless residual. */
  passing(q: number): number
  /** χ of an input with itself from that of two equal inputs, which dropout draws apart. */
  chiOfItself(chiOfEqual: number, q: number): number
  readonly residual: boolean | number
  readonly layerNorm: boolean
  readonly keep: number
}

/**
 * With u = z, or z / √q behind layer norm, s = a² of residual layers, else 0, and r the share that dropout keeps:
 * an input with itself    q' = s q_u + σ_w² E[φ(u)²] / r + σ_b²,     χ = s + σ_w² E[φ'(u)²] / r
 * a pair of inputs        k' = s k_u + σ_w² E[φ(u) φ(v)] + σ_b²,     χ = s + σ_w² E[φ'(u) φ'(v)]
 * and χ / q behind layer norm. Dropout draws for each input, so that it is in variances alone (Schoenholz et al. 2017, Section 4); residual
 * layers as Yang and Schoenholz 2017 have them.
 */
export function blockMap(activation: ActivationLike, options: DepthLayer, caller: string): BlockMap {
  const { residual = false, layerNorm = false, keep = 1, ...stds } = options
  const map = layerMap(activation, stds, caller)
  const s = shareOf(residual)
  const entering = (q: number): number => (layerNorm ? 1 : q)
  const norm = (q: number): number => (layerNorm ? q : 1)
  const active = (q: number): number => map.variance(q) - map.bVar
  const variance = (q: number): number => {
    const u = entering(q)
    return keep === 1 && s === 0 ? map.variance(u) : s * u + active(u) / keep + map.bVar
  }
  return {
    ...map,
    residual,
    layerNorm,
    keep,
    variance,
    passing: (q) => s * entering(q),
    chi: (q) => (s + map.chi(entering(q)) / keep) / norm(q),
    chiOfItself: (chi, q) => (keep === 1 ? chi : chi / keep + (s / norm(q)) * (1 - 1 / keep)),
    pairs(q, d) {
      const u = entering(q)
      const { gap, chi } = map.pairs(u, d)
      const dropped = keep === 1 ? 0 : active(u) * (1 / keep - 1)
      return {
        gap: gap.map((v, i) => v + dropped + s * u * (d[i] as number)),
        chi: () => chi().map((v) => (v + s) / norm(q)),
      }
    },
  }
}

/**
 * Where variances of residual layers grow by one factor, the map of what is left when it is taken out. Throws NtkError 'value' where all of what comes in
 * is added, and they grow by none.
 */
export function withoutGrowth(
  map: BlockMap,
  caller: string,
): { readonly map: BlockMap; readonly growth: number } {
  if (!map.residual || map.layerNorm) return { map, growth: 1 }
  const growth = map.variance(1) - map.bVar
  const even = [1e-3, 1e3].every((q) => Math.abs((map.variance(q) - map.bVar) / q / growth - 1) <= 1e-12)
  if (shareOf(map.residual) < 1 && !(even && growth > 1 + 1e-12)) return { map, growth: 1 }
  if (!even) {
    throw new NtkError('value', {
      what: `${caller} needs variances with a fixed point, or that grow by one factor: those of residual layers of ${map.name} grow more slowly with each layer.`,
      got: 'residual: true without layerNorm',
      fix: 'Add layerNorm: true, or less of what comes in, as residual: 0.9; pairsByDepth follows them up to any depth.',
    })
  }
  return {
    growth,
    map: {
      ...map,
      bVar: 0,
      variance: (q) => q,
      passing: (q) => map.passing(q) / growth,
      chi: (q) => map.chi(q) / growth,
      pairs(q, d) {
        const { gap, chi } = map.pairs(q, d)
        return { gap: gap.map((v) => v / growth), chi: () => chi().map((v) => v / growth) }
      },
    },
  }
}
