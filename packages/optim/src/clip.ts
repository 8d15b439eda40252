/** Links for `chain` that bound gradients. */
import { type Tree, treeLeaves, treeMap } from '@ntk/autodiff'
import { add, clip, div, maximum, mul, sqrt, square, sum, type Tensor } from '@ntk/tensor'
import type { Optimizer } from './optimizer.js'
import { requireNumber } from './require-number.js'

/** Every number of a gradient clipped to [−limit, limit] by itself. NaN stays NaN. */
export function clipByValue(limit: number): Optimizer {
  requireNumber('clipByValue needs a limit', limit, (l) => l > 0, '> 0')
  return {
    name: `clipByValue(${limit})`,
    elementwise: true,
    init: () => null,
    update: (grads, state) => ({ updates: treeMap((g: Tensor) => clip(g, -limit, limit), grads), state }),
  }
}

/** Gradients shrunk together where their common 2-norm exceeds `limit`. */
export function clipByGlobalNorm(limit: number): Optimizer {
  requireNumber('clipByGlobalNorm needs a limit', limit, (l) => l > 0, '> 0')
  return {
    name: `clipByGlobalNorm(${limit})`,
    init: () => null,
    update<P extends Tree>(grads: P, state: Tree) {
      const squares = treeLeaves(grads).map((g) => sum(square(g as Tensor)))
      if (squares.length === 0) return { updates: grads, state }
      const norm = sqrt(squares.reduce((a, b) => add(a, b)))
      // limit / max(norm, limit): 1 below the limit, and never a division by zero.
      const factor = div(limit, maximum(norm, limit))
      return { updates: treeMap((g: Tensor) => mul(g, factor), grads), state }
    },
  }
}
