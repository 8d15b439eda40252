import { NtkError, sameShape, showShape, type Tensor } from '@ntk/tensor'
import { leavesOf, mapTree, type Tree, zipTrees } from '../tree.js'
import { checkInput } from './input.js'

const nameAt = (name: string, path: string): string =>
  path === '' ? name : `${name}[${path.replaceAll('.', '][')}]`

/** Throws NtkError unless all leaves are sets of samples, of one dtype, on one backend. Gives the first of them. */
export function checkLeaves(x: Tree<Tensor>, name: string, as?: Tensor | undefined): Tensor {
  let first = as
  mapTree(x, (leaf, path) => {
    const what = nameAt(name, path)
    checkInput(leaf, what)
    first ??= leaf
    if (leaf.dtype !== first.dtype || leaf.backend !== first.backend) {
      throw new NtkError(leaf.dtype === first.dtype ? 'backend' : 'dtype', {
        what: 'A kernel needs inputs of one dtype on one backend.',
        got: `${first.dtype} on ${first.backend.name}, and ${what} ${leaf.dtype} on ${leaf.backend.name}`,
        fix:
          leaf.dtype === first.dtype
            ? 'Move one with `await toBackend(x, backend)`.'
            : "Convert one with cast(x, 'float64').",
      })
    }
  })
  if (first !== undefined) return first
  throw new NtkError('value', { what: 'A kernel needs inputs.', got: 'an empty list' })
}

/** Throws NtkError 'shape' unless there are as many samples, on axis 0, in all leaves. */
export function checkSamples(x: Tree<Tensor>, name: string): void {
  let n: number | undefined
  mapTree(x, ({ shape }, path) => {
    n ??= shape[0] as number
    if (shape[0] === n) return
    throw new NtkError('shape', {
      what: `A kernel needs as many samples in all inputs of ${name}.`,
      got: `${shape[0]} in ${nameAt(name, path)}, where the first has ${n}`,
    })
  })
}

/** The leaves of two trees that belong together. Throws NtkError 'tree' or 'shape' where they have another structure or other features. */
export function pairLeaves(
  x1: Tree<Tensor>,
  x2: Tree<Tensor>,
): readonly { readonly a: Tensor; readonly b: Tensor }[] {
  const pairs = leavesOf(zipTrees('A kernel', x1, x2))
  for (const { a, b } of pairs) {
    if (sameShape(a.shape.slice(1), b.shape.slice(1))) continue
    throw new NtkError('shape', {
      what: 'A kernel needs x1 and x2 with the same features.',
      got: `${showShape(a.shape)} and ${showShape(b.shape)}`,
    })
  }
  return pairs
}
