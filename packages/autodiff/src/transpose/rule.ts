import { type DType, NtkError, type Params, type Primitive, type Shape, type Value } from '@ntk/tensor'
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
  ct: readonly Tangent[],
  inputs: readonly Operand[],
  params: Params<P>,
) => readonly Tangent[]

export type TransposeTable<P extends Primitive> = { readonly [Q in P]: TransposeRule<Q> }

/** The value of an operand that a rule needs to know. */
export function known(primitive: string, operand: Operand | undefined): Value {
  if (operand === undefined || operand.value === null) throw nonlinear(primitive)
  return operand.value
}

function nonlinear(primitive: string): NtkError {
  return new NtkError('not-differentiable', {
    what: `A function that must be linear applies ${primitive} to what it should be linear in.`,
    fix: 'A rule given to customJvp must be linear in the tangents.',
  })
}

/** For primitives that are not linear in any input: JVP rules never apply them to tangents. */
export function notLinear<P extends Primitive>(primitive: P): TransposeRule<P> {
  return () => {
    throw nonlinear(primitive)
  }
}

export function noneLinear<P extends Primitive>(primitives: readonly P[]): TransposeTable<P> {
  return Object.fromEntries(primitives.map((p) => [p, notLinear(p)])) as unknown as TransposeTable<P>
}
