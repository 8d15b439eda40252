/**
 * A value is a Tensor or a tracer. Ops bind a primitive, and whoever owns the highest tracer among the
 * inputs interprets it. This package knows that interpreters exist, and no derivative.
 */

import type { Backend } from './backend.js'
import { checkCopy, type PackageCopy } from './copies.js'
import type { DType } from './dtype.js'
import { NtkError } from './errors.js'
import { show } from './options/show.js'
import type { Inputs, Outputs, Params, Primitive } from './primitives.js'
import type { Shape } from './shape.js'

/** What an op accepts and returns: a Tensor, or a tracer that stands for one. */
export interface Value {
  readonly shape: Shape
  readonly dtype: DType
  /** Who interprets ops on this value; null for a Tensor. */
  readonly interpreter: Interpreter | null
  /** Where plain numbers that meet this value go; the default backend where absent (a tracer without data). */
  readonly backend?: Backend | undefined
}

export interface Interpreter {
  /** Interpreters of inner transformations have higher levels. */
  readonly level: number
  /** The copy of the package that it comes from, where that matters to others of its kind. */
  readonly copy?: PackageCopy
  /** Inputs may be this interpreter's tracers, tracers of lower levels, or Tensors. */
  bind<P extends Primitive>(primitive: P, inputs: Inputs<P, Value>, params: Params<P>): Outputs<P, Value>
}

/**
 * The interpreter of the highest level among the inputs; null when all are Tensors. Throws NtkError 'copies' on a value
 * of another copy of this package: every op comes by here.
 */
export function highestInterpreter(inputs: readonly Value[]): Interpreter | null {
  let top: Interpreter | null = null
  if (!Array.isArray(inputs)) {
    throw new NtkError('value', { what: 'A primitive takes its inputs in a list.', got: show(inputs) })
  }
  for (const input of inputs) {
    checkCopy(input)
    // What is no value at all is told apart later, with the op's name.
    const interpreter = (input as Value | undefined)?.interpreter ?? null
    if (interpreter !== null && (top === null || interpreter.level > top.level)) top = interpreter
  }
  return top
}
