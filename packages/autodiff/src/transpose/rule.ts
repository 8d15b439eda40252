import {
  type DType,
  type Inputs,
  NtkError,
  type Params,
  type Primitive,
  type Shape,
  type Value,
} from '@ntk/tensor'
import type { SomeOutputs } from '../core/some.js'
import type { Tangent } from '../core/tangent.js'

/** An input of an equation of a linear program: known, or (value null) linear. */
export interface Operand {
  readonly value: Value | null
  readonly shape: Shape
  readonly dtype: DType
}

/**
 * Cotangents of the linear inputs of a primitive from those of its outputs (at least one not null); null at the
 * inputs that are known, and where the cotangent is zero.
 */
export type TransposeRule<P extends Primitive> = (
  ct: SomeOutputs<P, Value>,
  inputs: Inputs<P, Operand>,
  params: Params<P>,
) => Inputs<P, Tangent>

export type TransposeTable<P extends Primitive> = { readonly [Q in P]: TransposeRule<Q> }

/** The value of an operand that a rule needs to know. */
export function known(primitive: string, operand: Operand): Value {
  if (operand.value === null) throw nonlinear(primitive)
  return operand.value
}

function nonlinear(primitive: string): NtkError {
  return new NtkError('not-differentiable', {
    what: `A function that must be linear applies ${primitive} to what it should be linear in.`,
    fix: 'A rule given to customJvp must be linear in the tangents.',
  })
}

/** For primitives that are not linear in any input: JVP rules never apply them to tangents. */
export function notLinear(primitive: Primitive): () => never {
  return () => {
    throw nonlinear(primitive)
  }
}
