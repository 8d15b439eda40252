import type { SpaceParams } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import type { FloatArray } from '../types.js'
import type { Blocks, Diagonals } from './blocks.js'
import type { Instruction } from './instructions.js'
import type { Program } from './program.js'
import type { Variances } from './variances.js'

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

/** What a run of steps starts from: the data, K and Θ of all pairs of positions, or those of equal positions. */
export type Source = { readonly kind: 'data' } | Blocks | Diagonals

export interface Request {
  readonly a: Samples
  /** The same object as `a` where the sets are one. */
  readonly b: Samples
  readonly from: Source
  /** Positions before the first step. */
  readonly space: Shape
  /** In a line. */
  readonly steps: readonly Instruction[]
  readonly end: SpaceParams['end'] | 'blocks'
  readonly ntk: boolean
  readonly wanted: Wanted
  readonly v1: Variances
  readonly v2: Variances
  /** Sizes of space behind each step. */
  readonly sizes: readonly Shape[]
  /** The windows as sums of positions. */
  readonly sums: Program['sums']
}

/** A job laid out in memory. */
export interface Job {
  /** Twelve numbers a task, see assembly/dual/space.ts. */
  readonly tasks: Float64Array
  readonly area: number
  readonly guard: number
  /** Reads the results. */
  collect(memory: Float64Array): SpaceResult
}

export const product = (sizes: Shape): number => sizes.reduce((x, y) => x * y, 1)

/** Writes what is below the diagonal above it too. */
export function mirrored(matrix: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j] as number
  return matrix
}

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
