/**
 * A value is a Tensor or a tracer. Ops bind a primitive, and whoever owns the highest tracer among the
 * inputs interprets it. This package knows that interpreters exist, and no derivative.
 */
import type { Composite } from './composite.js'
import type { DType } from './dtype.js'
import type { Params, Primitive } from './primitives.js'
import type { Shape } from './shape.js'

/** What an op accepts and returns: a Tensor, or a tracer that stands for one. */
export interface Value {
  readonly shape: Shape
  readonly dtype: DType
  /** Who interprets ops on this value; null for a Tensor. */
  readonly interpreter: Interpreter | null
}

/** Shape and dtype without data. */
export interface Aval {
  readonly shape: Shape
  readonly dtype: DType
}

export interface Interpreter {
  /** Interpreters of inner transformations have higher levels. */
  readonly level: number
  /** Inputs may be this interpreter's tracers, tracers of lower levels, or Tensors. */
  bind<P extends Primitive>(primitive: P, inputs: readonly Value[], params: Params<P>): Value[]
  /** Where present, sees a composite whole; otherwise its decomposition is traced. */
  bindComposite?(composite: Composite, inputs: readonly Value[], params: object): Value[]
}

/** The interpreter of the highest level among the inputs; null when all are Tensors. */
export function highestInterpreter(inputs: readonly Value[]): Interpreter | null {
  let top: Interpreter | null = null
  for (const { interpreter } of inputs) {
    if (interpreter !== null && (top === null || interpreter.level > top.level)) top = interpreter
  }
  return top
}
