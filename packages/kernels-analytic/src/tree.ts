import { NtkError, type Shape } from '@ntk/tensor'

/** One thing, or a list of trees of such: what goes into networks of several inputs, and what they give. */
export type Tree<T> = T | readonly Tree<T>[]

/** A tensor, or what else has a shape. */
export interface Shaped {
  readonly shape: Shape
}

/** A list, whose entries may be lists again. */
export type Branches<T> = readonly Tree<T>[]

export const isBranches = <T>(tree: Tree<T>): tree is Branches<T> => Array.isArray(tree)

/** The same tree with f of every leaf, which gets the leaf's path: '0', '1.0', ... ('' where the tree is a leaf). */
export function mapTree<T, U>(tree: Tree<T>, f: (leaf: T, path: string) => U, path = ''): Tree<U> {
  if (!isBranches(tree)) return f(tree as T, path)
  return tree.map((branch, i) => mapTree(branch, f, path === '' ? `${i}` : `${path}.${i}`))
}

/** The leaves in order. */
export function leavesOf<T>(tree: Tree<T>): readonly T[] {
  return isBranches(tree) ? tree.flatMap((branch) => leavesOf(branch)) : [tree as T]
}

/** The structure of a tree, for messages: "[x, [x, x]]". */
export const showTree = (tree: Tree<unknown>): string =>
  isBranches(tree) ? `[${tree.map(showTree).join(', ')}]` : 'x'

/** A tree of pairs. Throws NtkError 'tree' where the two differ in structure. */
export function zipTrees<T, U>(name: string, a: Tree<T>, b: Tree<U>): Tree<{ readonly a: T; readonly b: U }> {
  if (isBranches(a) && isBranches(b) && a.length === b.length) {
    return a.map((branch, i) => zipTrees(name, branch, b[i] as Tree<U>))
  }
  if (!isBranches(a) && !isBranches(b)) return { a: a as T, b: b as U }
  throw new NtkError('tree', {
    what: `${name} needs two trees of one structure.`,
    got: `${showTree(a)} and ${showTree(b)}`,
  })
}
