import type { SpaceParams, SpacePart } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import type { Blocks, Diagonals } from './blocks.js'
import type { Instruction } from './instructions.js'
import type { Program } from './program.js'
import type { Samples, SpaceResult, Wanted } from './samples.js'
import type { Variances } from './variances.js'

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
  /** Of all pairs of positions the classes that go; null: all. */
  readonly part?: SpacePart | null
  readonly v1: Variances
  readonly v2: Variances
  /** Sizes of space behind each step. */
  readonly sizes: readonly Shape[]
  /** The windows as sums of positions. */
  readonly sums: Program['sums']
}

/** A job laid out in memory. */
export interface Job {
  /** Thirteen numbers a task, see assembly/dual/space.ts. */
  readonly tasks: Float64Array
  readonly area: number
  readonly guard: number
  /** Reads the results. */
  collect(memory: Float64Array): SpaceResult
}

/** Writes what is below the diagonal above it too. */
export function mirrored(matrix: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j] as number
  return matrix
}
