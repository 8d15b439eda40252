import { isFloat, NtkError, sameShape, showShape, type Value } from '@ntk/tensor'
import { requireFunction, show } from '@ntk/tensor/options'
import type { Tangent } from '../core/tangent.js'
import { countLeaves, leafPaths, type TreeDef, treeFlatten, treeUnflatten } from '../tree/tree.js'

/** A function of flat values made of a function of trees; the structure of its result is learnt when it runs. */
export interface FlatFunction {
  readonly call: (xs: Value[]) => Value[]
  readonly inTree: TreeDef
  readonly leaves: Value[]
  outTree(): TreeDef
}

function requireArguments(args: unknown): void {
  if (Array.isArray(args)) return
  throw new NtkError('value', {
    what: 'The arguments of f must be a list with one entry each.',
    got: show(args),
    fix: 'Write [x] for one argument.',
  })
}

/** f of the trees `args` as a function of their leaves. */
export function flatFunction(f: (...args: never[]) => unknown, args: readonly unknown[]): FlatFunction {
  requireFunction(f, 'f')
  requireArguments(args)
  const { leaves, treedef } = treeFlatten(args)
  let out: TreeDef | null = null
  return {
    inTree: treedef,
    leaves,
    outTree: () => out as TreeDef,
    call: (xs) => {
      const result = f(...(treeUnflatten<unknown[]>(treedef, xs) as never[]))
      const flat = treeFlatten(result)
      out = flat.treedef
      return flat.leaves
    },
  }
}

/**
 * The leaves of a tree of (co)tangents in the structure of `treedef`; null in place of a whole tree is zero. Throws
 * 'shape' or 'dtype' where a leaf does not fit its value. Integers have no derivative: theirs are ignored.
 */
export function flatTangents(
  role: string,
  treedef: TreeDef,
  values: readonly Value[],
  tangents: unknown,
): Tangent[] {
  if (tangents === null) return values.map(() => null)
  const { leaves } = treeFlatten(tangents, treedef)
  return leaves.map((t, i) => {
    const x = values[i] as Value
    if (!isFloat(x.dtype)) return null
    if (!sameShape(t.shape, x.shape) || t.dtype !== x.dtype) {
      throw new NtkError(t.dtype === x.dtype ? 'shape' : 'dtype', {
        what: `${role} needs ${x.dtype}${showShape(x.shape)} at tree${leafPaths(treedef)[i]}.`,
        got: `${t.dtype}${showShape(t.shape)}`,
      })
    }
    return t
  })
}

/** As `flatTangents` for a list of arguments, of which each may be null for zero. */
export function flatArgumentTangents(
  role: string,
  inTree: TreeDef,
  values: readonly Value[],
  tangents: readonly unknown[],
): Tangent[] {
  const items = inTree.kind === 'list' ? inTree.items : []
  if (!Array.isArray(tangents) || tangents.length !== items.length) {
    throw new NtkError('value', {
      what: `${role} needs one tree of tangents an argument (${items.length}).`,
      got: Array.isArray(tangents) ? String(tangents.length) : show(tangents),
    })
  }
  let at = 0
  return items.flatMap((item, i) => {
    const count = countLeaves(item)
    at += count
    return flatTangents(role, item, values.slice(at - count, at), tangents[i])
  })
}
