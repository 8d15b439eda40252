import type { Value } from '@ntk/tensor'
import type { Tangent } from './tangent.js'

/**
 * A function of values that has rules of its own and that transformations see whole: `customJvp`, `stopGradient`,
 * `checkpoint`. Everything it depends on and that may be traced comes in as an input.
 */
export interface Call {
  /** For messages and printed programs. */
  readonly name: string
  apply(inputs: readonly Value[]): Value[]
  /** Tangents of the outputs; null is zero. */
  jvp(primals: readonly Value[], tangents: readonly Tangent[], outputs: readonly Value[]): readonly Tangent[]
  /**
   * Cotangents of the inputs that are null, in which the call is linear, given the other inputs.
   * Absent: `apply` is traced and transposed.
   */
  transpose?(cotangents: readonly Tangent[], inputs: readonly (Value | null)[]): readonly Tangent[]
}
