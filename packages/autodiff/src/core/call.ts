import { highestInterpreter, type Value } from '@ntk/tensor'
import type { Tangent } from './tangent.js'
import { checkTransformation, Transformation } from './tracer.js'

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

/** Runs a call: by the highest tracer's transformation, or at once. */
export function bindCall(call: Call, inputs: readonly Value[]): Value[] {
  const interpreter = highestInterpreter(inputs)
  if (interpreter instanceof Transformation) return interpreter.bindCall(call, inputs)
  checkTransformation(interpreter)
  return call.apply(inputs)
}
