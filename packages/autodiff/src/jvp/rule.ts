import type { Params, Primitive, Value } from '@ntk/tensor'
import type { Tangent } from '../core/tangent.js'

/**
 * Tangents of the outputs y of a primitive at x along t, at least one of which is not null.
 * Linear in t, and written in ops, so that it may be differentiated again.
 */
export type JvpRule<P extends Primitive> = (
  x: readonly Value[],
  t: readonly Tangent[],
  params: Params<P>,
  y: readonly Value[],
) => readonly Tangent[]

export type JvpTable<P extends Primitive> = { readonly [Q in P]: JvpRule<Q> }

/** Piecewise constant, or not of floats: no tangent. */
export const constant = (): readonly Tangent[] => [null]

/** The same rule for every name of a family. */
export function each<K extends string, R>(names: readonly K[], rule: R): Record<K, R> {
  return Object.fromEntries(names.map((n) => [n, rule])) as Record<K, R>
}
