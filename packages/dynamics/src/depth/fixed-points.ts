import { NtkError } from '@ntk/tensor'
import type { LayerMap } from './layer-map.js'
import { rootBetween } from './root.js'

/** Steps of Aitken's extrapolation until a variance must have settled. */
const mostSteps = 200
/** A variance that has fallen to this share of the first, without biases, goes to 0: where critical it does so like 1/depth. */
const vanishing = 1e-8

/**
 * The variance q* of pre-activations that deep layers come to from the variance `start`. Throws NtkError 'value' where they come to
 * none: it grows without bound, or swings.
 */
export function variancePoint(map: LayerMap, start: number): number {
  let q = start
  for (let step = 0; step < mostSteps; step++) {
    const once = map.variance(q)
    const [twice, moved] = [map.variance(once), once - q]
    if (!Number.isFinite(twice) || twice > 1e150) break
    if (Math.abs(moved) <= 4 * Number.EPSILON * once || once === 0) return polished(map, once)
    if (map.bVar === 0 && once < vanishing * start) return 0
    const again = twice - once
    // Where steps do not shrink the fixed point of the line through them is behind, or swings about.
    const extrapolated = q - moved ** 2 / (again - moved)
    const shrinks = Math.abs(again) < Math.abs(moved)
    q = shrinks && extrapolated >= 0 ? extrapolated : twice
  }
  const [a, b] = [map.variance(q), map.variance(map.variance(q))]
  const grows = b > a || !Number.isFinite(b)
  throw new NtkError('value', {
    what: `The variance of deep layers of ${map.name} has no fixed point from ${start}.`,
    got: grows ? 'it grows without bound' : 'it swings',
    fix: 'Choose a smaller wStd.',
  })
}

/** The root of variance(q) = q near to one that extrapolation has found. */
function polished(map: LayerMap, q: number): number {
  const gap = (x: number): number => map.variance(x) - x
  const near = 1e-9 * q
  const root = rootBetween(gap, q - near, q + near)
  return Number.isNaN(root) ? q : root
}

/** Correlations nearer to 1 than this count as 1. */
const nearest = 1e-14

/**
 * By how much the correlation c* that inputs of the variance q* come to falls short of 1. 0 where χ at 1 is at most 1; else 1 − c for the
 * root of C(c) = c below 1, which is stable, and the only one where no coefficient of the activation's dual is negative (Poole et al.
 * 2016, Section 2.2). Below 1 in all phases where dropout takes equal inputs apart.
 */
export function correlationPoint(map: LayerMap, q: number, chi1: number, tolerance: number): number {
  if (q === 0) return 0
  const apart = map.pairs(q, Float64Array.of(0)).gap[0] as number
  // Dropout takes equal inputs apart.
  if (chi1 <= 1 + tolerance && apart === 0) return 0
  // (1 − C(c)) / (1 − c) − 1: from χ_1 − 1 > 0 at equal inputs it falls to −C(0) ≤ 0. Very near to equal it is rounding, so the root
  // is looked for from the other end.
  const excess = (d: number): number => (map.pairs(q, Float64Array.of(d)).gap[0] as number) / q / d - 1
  if (Math.abs(excess(1)) <= 2 * Number.EPSILON) return 1
  for (let d = 1; d > nearest; d /= 2) {
    if (excess(d / 2) > 0) return rootBetween(excess, d / 2, d)
  }
  return 0
}
