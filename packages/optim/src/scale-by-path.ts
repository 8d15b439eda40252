import { leafPaths, type Tree, treeFlatten, treeUnflatten } from '@ntk/autodiff'
import { mul, type Tensor } from '@ntk/tensor'
import { requireFunction } from '@ntk/tensor/options'
import type { Optimizer } from './optimizer.js'
import { requireNumber } from './require-number.js'

/**
 * A link for `chain`: every gradient times a factor of its own, by the path of its parameter, as '[2].w'; 0 freezes it. `chain(scaleByPath(factors), sgd(0.1))`
 * trains at 0.1 times the factor (rates by layer: Lee et al. 2019, Equation S37). Decay of weights after it decays all alike.
 */
export function scaleByPath(factor: (path: string) => number): Optimizer {
  requireFunction(factor, 'The factor of scaleByPath')
  return {
    name: 'scaleByPath',
    elementwise: true,
    init: () => null,
    update<P extends Tree>(grads: P, state: Tree) {
      const { leaves, treedef } = treeFlatten(grads)
      const paths = leafPaths(treedef)
      const scaled = leaves.map((leaf, i) => {
        const path = paths[i] as string
        const by = factor(path)
        requireNumber(`scaleByPath needs for ${path} a factor`, by, () => true, 'that is finite')
        return mul(leaf as Tensor, by)
      })
      return { updates: treeUnflatten<P>(treedef, scaled), state }
    },
  }
}
