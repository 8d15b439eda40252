import { instantiate } from '../core/tangent.js'
import { jvpFlat } from '../jvp/flat.js'
import { treeUnflatten } from '../tree/tree.js'
import { flatArgumentTangents, flatFunction } from './arguments.js'

/** Tangents of a list of arguments: for each a tree of its structure, or null for zero. */
export type Tangents<A extends readonly unknown[]> = { readonly [K in keyof A]: A[K] | null }

/**
 * The value of f and its derivative along `tangents` at `primals` (the list of arguments): [f(x), J(x) t].
 * Costs about two evaluations of f, whatever its output. Arguments whose tangent is null are constants.
 * Throws NtkError 'tree', 'shape' or 'dtype' where tangents do not fit.
 */
export function jvp<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  primals: readonly [...A],
  tangents: Tangents<A>,
): [out: R, outTangent: R] {
  const { call, inTree, leaves, outTree } = flatFunction(f as (...args: never[]) => unknown, primals)
  const flat = flatArgumentTangents('jvp', inTree, leaves, tangents)
  const outputs = jvpFlat(call, leaves, flat)
  return [
    treeUnflatten<R>(
      outTree(),
      outputs.map((y) => y.primal),
    ),
    treeUnflatten<R>(
      outTree(),
      outputs.map((y) => instantiate(y.tangent, y.primal)),
    ),
  ]
}
