import { leafPaths, treeFlatten, treeUnflatten } from '@ntk/autodiff'
import { isFloat, NtkError, Tensor } from '@ntk/tensor'

/** A network, or any function of parameters and samples x [n, ...] written in ops, with outputs [n, k...]; also a generic one. */
export type Apply<P = never> = (params: P, x: Tensor) => Tensor

/** The parameters that a network takes. */
export type ParamsOf<A extends Apply> = Parameters<A>[0]

/** Which parameters count, by the path of each tensor in the tree, as '[2].w'. */
export type ParameterFilter = (path: string) => boolean

/** A network as a function of those of its parameters that count, the others being constants. */
export interface Chosen {
  readonly leaves: readonly Tensor[]
  readonly paths: readonly string[]
  readonly f: (leaves: readonly Tensor[], x: Tensor) => Tensor
}

/** Throws 'tree' where the parameters are no tensors, 'option' where the filter leaves none. */
export function chooseParameters(apply: Apply, params: unknown, filter?: ParameterFilter): Chosen {
  if (params === undefined) {
    throw new NtkError('value', {
      what: 'An empirical kernel needs the parameters of the network behind x1 and x2.',
      got: 'nothing',
      fix: 'Write (x1, null, params) for x1 with itself, with the params that init gives.',
    })
  }
  const { leaves, treedef } = treeFlatten(params)
  const paths = leafPaths(treedef)
  const at = leaves.flatMap((leaf, i) => {
    if (!Tensor.isInstance(leaf)) {
      throw new NtkError('tree', {
        what: `Parameters must be tensors, at tree${paths[i]}.`,
        got: String(leaf),
      })
    }
    return isFloat(leaf.dtype) && (filter?.(paths[i] as string) ?? true) ? [i] : []
  })
  if (at.length === 0) {
    throw new NtkError('option', {
      what: 'An empirical NTK needs at least one parameter.',
      got:
        filter === undefined
          ? 'a tree without tensors of floats'
          : `a filter that keeps none of ${paths.join(', ')}`,
    })
  }
  return {
    leaves: at.map((i) => leaves[i] as Tensor),
    paths: at.map((i) => paths[i] as string),
    f: (chosen, x) => {
      const all: unknown[] = [...leaves]
      at.forEach((i, k) => {
        all[i] = chosen[k]
      })
      return apply(treeUnflatten<never>(treedef, all), x)
    },
  }
}

/** The layer that a parameter belongs to: its path without the last name, '[2]' of '[2].w'. */
export function layerOf(path: string): string {
  return path.replace(/(\.[^.[\]]+)$/, '')
}
