import { leafPaths, type Tree, treeFlatten } from '@ntk/autodiff'
import { NtkError, type NtkErrorCode, sameShape, showShape } from '@ntk/tensor'

/**
 * Throws an NtkError (`code`) unless a tree has the structure, shapes and dtypes of another. `what` says of whom that is asked, as a
 * sentence without its end: 'The parameters of `start` must be like `params`'.
 */
export function requireLike(tree: unknown, like: Tree, what: string, code: NtkErrorCode, fix?: string): void {
  const { leaves: expected, treedef } = treeFlatten(like)
  const paths = leafPaths(treedef)
  let leaves: readonly { readonly shape: readonly number[]; readonly dtype: string }[]
  try {
    leaves = treeFlatten(tree, treedef).leaves
  } catch (cause) {
    if (!NtkError.isInstance(cause)) throw cause
    throw new NtkError(code, { what: `${what}. ${cause.what}`, got: cause.got, fix, cause })
  }
  for (const [i, leaf] of leaves.entries()) {
    const wanted = expected[i]
    if (wanted === undefined || (sameShape(leaf.shape, wanted.shape) && leaf.dtype === wanted.dtype)) continue
    throw new NtkError(code, {
      what: `${what}: ${paths[i]} should be ${showShape(wanted.shape)} of ${wanted.dtype}.`,
      got: `${showShape(leaf.shape)} of ${leaf.dtype}`,
      fix,
    })
  }
}
