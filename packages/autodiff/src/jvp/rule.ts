import type { Inputs, Outputs, Params, Primitive, Value } from '@ntk/tensor'
import type { SomeInputs } from '../core/some.js'
import type { Tangent } from '../core/tangent.js'

/**
 * Tangents of the outputs y of a primitive at x along t, at least one of which is not null.
 * Linear in t, and written in ops, so that it may be differentiated again.
 */
export type JvpRule<P extends Primitive> = (
  x: Inputs<P, Value>,
  t: SomeInputs<P, Value>,
  params: Params<P>,
  y: Outputs<P, Value>,
) => Outputs<P, Tangent>

export type JvpTable<P extends Primitive> = { readonly [Q in P]: JvpRule<Q> }

/** Piecewise constant, or not of floats: no tangent. */
export const constant = (): [null] => [null]
