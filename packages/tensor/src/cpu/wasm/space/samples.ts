import type { Shape } from '../../../shape.js'
import type { FloatArray } from '../types.js'

/** Samples [n, space..., channels]. */
export interface Samples {
  readonly x: FloatArray
  readonly n: number
  readonly space: Shape
  readonly channels: number
}

/** K and Θ: [n1, n2], [n] of each sample with itself, or blocks as `panelsOf` lays them out. */
export interface SpaceResult {
  readonly nngp: Float64Array
  readonly ntk: Float64Array | null
}

/** Which pairs are wanted: of two sets, of one with itself, of each sample with itself. */
export type Wanted = 'all' | 'lower' | 'own'

export const product = (sizes: Shape): number => sizes.reduce((x, y) => x * y, 1)

/** The pairs that are wanted, row by row. */
export function pairsOf(wanted: Wanted, n1: number, n2: number): (readonly [number, number])[] {
  if (wanted === 'own') return Array.from({ length: n1 }, (_, i) => [i, i] as const)
  return Array.from({ length: n1 }, (_, i) =>
    Array.from({ length: wanted === 'lower' ? i + 1 : n2 }, (__, j) => [i, j] as const),
  ).flat()
}

/** Whether two samples hold the same numbers: then their pair is one of a sample with itself. */
export function isSame(a: Samples, i: number, b: Samples, j: number): boolean {
  if (a === b && i === j) return true
  const width = a.x.length / a.n
  for (let k = 0; k < width; k++) if (a.x[i * width + k] !== b.x[j * width + k]) return false
  return true
}
