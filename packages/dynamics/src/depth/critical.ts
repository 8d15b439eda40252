import { NtkError } from '@ntk/tensor'
import {
  boolean,
  listOf,
  nonNegative,
  orNull,
  positive,
  type RulesFor,
  readOptions,
} from '@ntk/tensor/options'
import { aShare, type LayerVariant, residualRule, shareOf } from './block.js'
import { type ActivationLike, type LayerMap, layerMap } from './layer-map.js'
import { barely } from './mean-field.js'
import { rootBetween } from './root.js'

export interface CriticalOptions extends LayerVariant {
  /** Standard deviation of the biases; null, the default, for none. */
  readonly bStd?: number | null | undefined
}

/** A point of the line between order and chaos. */
export interface CriticalPoint {
  readonly wStd: number
  readonly bStd: number
  /** The variance of pre-activations there, 0 where deep layers vanish (like 1/depth); NaN where every variance stays as it is (ReLU). */
  readonly qStar: number
}

const rules = {
  bStd: orNull(nonNegative(), null),
  residual: residualRule(),
  layerNorm: boolean(false),
  keep: aShare(),
} satisfies RulesFor<CriticalOptions>

/** Variances between which the point is looked for, and how many a decade. */
const [smallest, largest, perDecade] = [1e-14, 1e10, 2]

/**
 * The standard deviation of weights at which a deep network is critical, χ_1 = 1, for biases of a given one: the initialization at which
 * signals and gradients go deepest (Schoenholz et al. 2017). For ReLU without biases it is that of He et al. 2015, √2.
 *
 * Along the line q is the parameter: σ_w² = 1 / E[φ'(u)²] and σ_b² = q − σ_w² E[φ(u)²], u ~ N(0, q). Where several points of the line have
 * these biases, that of the smallest q is given. Residual layers that add a of what comes in have 1 − a² of both. With dropout σ_w² / keep stands for σ_w², χ_1 being what gradients grow by. Behind layer norm u ~ N(0, 1) and
 * σ_w² = σ_b² / (E[φ'(u)²] − E[φ(u)²]), residual or not.
 *
 * Throws NtkError 'value' where none has, 'spec' and 'unsupported' on what is no activation, has no kernel or jumps.
 */
export function critical(activation: ActivationLike, options?: CriticalOptions): CriticalPoint {
  const read = readOptions('critical', rules, options)
  const bStd = read.bStd ?? 0
  const map = layerMap(activation, { wStd: 1 }, 'critical')
  const share = shareOf(read.residual)
  if (read.layerNorm) return behindNorm(map, bStd, read.keep, share)
  requireRest(share)
  const point = (qStar: number, at: number): CriticalPoint => ({
    wStd: Math.sqrt((read.keep * (1 - share)) / map.chi(at)),
    bStd,
    qStar,
  })
  if (scales(map)) {
    if (bStd === 0) return point(Number.NaN, 1)
    throw new NtkError('value', {
      what: `${map.name} has no critical point with biases: variances grow by the same factor as differences do.`,
      got: `bStd ${bStd}`,
      fix: 'Take bStd null.',
    })
  }
  if (bStd === 0 && map.variance(0) === 0 && map.chi(barely) > 0) return point(0, barely)
  const missing = (q: number): number => (1 - share) * biasVariance(map, q) - bStd ** 2
  let before = smallest
  for (let i = 1, atBefore = missing(before); before < largest; i++) {
    const q = smallest * 10 ** (i / perDecade)
    const at = missing(q)
    if (at > 0 !== atBefore > 0) {
      const root = rootBetween(missing, before, q)
      return point(root, root)
    }
    ;[before, atBefore] = [q, at]
  }
  throw new NtkError('value', {
    what: `${map.name} has no critical point with these biases.`,
    got: `bStd ${bStd}`,
    fix: 'meanField tells the phase of a wStd and bStd.',
  })
}

/** The critical point behind layer norm, for a map of σ_w = 1. */
function behindNorm(map: LayerMap, bStd: number, keep: number, share: number): CriticalPoint {
  const [value, slope] = [map.variance(1), map.chi(1)]
  const excess = slope - value
  if (bStd === 0 || excess <= 1e-12 * slope) {
    const all = bStd === 0 && excess <= 1e-12 * slope
    throw new NtkError('value', {
      what: `${map.name} behind layer norm ${all ? 'is critical with any wStd' : 'has no critical point with these biases'}.`,
      got: `bStd ${bStd}`,
      fix: all ? 'Choose one.' : 'meanField tells the phase of a wStd and bStd.',
    })
  }
  const wVar = bStd ** 2 / excess
  return {
    wStd: Math.sqrt(wVar * keep),
    bStd,
    qStar: share + wVar * value + bStd ** 2,
  }
}

/** Throws NtkError 'value' for residual layers that add all of what comes in. */
function requireRest(share: number): void {
  if (share < 1) return
  throw new NtkError('value', {
    what: 'Residual layers have no critical point: their variances grow, and those of ReLU are critical with any wStd.',
    got: 'residual: true without layerNorm',
    fix: 'Add layerNorm: true, or less of what comes in, as residual: 0.9.',
  })
}

export interface CriticalLineOptions extends LayerVariant {
  /** Variances q* of pre-activations, before layer norm, at which points of the line are given. */
  readonly q: readonly number[]
}

const lineRules = {
  q: listOf(positive()),
  residual: residualRule(),
  layerNorm: boolean(false),
  keep: aShare(),
} satisfies RulesFor<CriticalLineOptions>

/**
 * Points of the line between order and chaos, at variances q* of pre-activations; `critical` gives that of one standard deviation of biases.
 * Where no biases could make the point, its `bStd` is NaN. Of residual layers that add a of what comes in σ_w² and σ_b² are 1 − a² of those without. Behind layer norm
 * the line is a ray, σ_w² = (q − a²) / E[φ'(u)²] with u ~ N(0, 1), whose points differ in q alone; none has a variance of a² or less.
 *
 * Throws NtkError 'value' for residual layers that add all of what comes in, without layer norm: they have no line.
 */
export function criticalLine(activation: ActivationLike, options: CriticalLineOptions): CriticalPoint[] {
  const { q, residual, layerNorm, keep } = readOptions('criticalLine', lineRules, options)
  const map = layerMap(activation, { wStd: 1 }, 'criticalLine')
  const share = shareOf(residual)
  if (!layerNorm) requireRest(share)
  return q.map((qStar) => {
    // σ_w² over the share that dropout keeps, and σ_b²
    const wVar = layerNorm ? (qStar - share) / map.chi(1) : (1 - share) / map.chi(qStar)
    const bVar = layerNorm ? wVar * (map.chi(1) - map.variance(1)) : (1 - share) * biasVariance(map, qStar)
    const possible = wVar > 0 && bVar >= -1e-12 * qStar
    return {
      wStd: wVar > 0 ? Math.sqrt(keep * wVar) : Number.NaN,
      bStd: possible ? Math.sqrt(Math.max(0, bVar)) : Number.NaN,
      qStar,
    }
  })
}

/** σ_b² of the point of the critical line with the variance q, for a map of σ_w = 1. */
function biasVariance(map: LayerMap, q: number): number {
  return q - map.variance(q) / map.chi(q)
}

/** Whether φ(s x) = s φ(x): every variance is then kept by the same weights. */
function scales(map: LayerMap): boolean {
  return [1e-3, 1, 1e3].every((q) => Math.abs(biasVariance(map, q)) <= 1e-12 * q)
}
