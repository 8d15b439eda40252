import type { SpaceParams } from '../../../composites/contracts.js'
import type { Shape } from '../../../shape.js'
import type { FloatArray } from '../types.js'
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

/** What comes out, [n1, n2], or [n] of each sample with itself. */
export interface SpaceResult {
  readonly nngp: Float64Array
  readonly ntk: Float64Array | null
}

/** Which pairs are wanted: of two sets, of one with itself, of each sample with itself. */
export type Wanted = 'all' | 'lower' | 'own'

export interface Request {
  readonly a: Samples
  /** The same object as `a` where the sets are one. */
  readonly b: Samples
  readonly params: SpaceParams
  /** Its steps in a line. */
  readonly steps: readonly Instruction[]
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
