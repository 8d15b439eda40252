import { transpose, type Value } from '@ntk/tensor'
import { requireValue } from '@ntk/tensor/options'
import { type AxesLayout, isStandard, standardOrder } from '../steps/layout.js'
import { hasOwnAxes, resolveAxes } from '../steps/resolve-axes.js'
import type { KernelStep } from '../steps/step.js'
import { isBranches, mapTree, type Tree, zipTrees } from '../tree.js'

/** Steps and inputs [n, spatial..., channels], and how the finite network's values stand in the end (null: in that order). */
export interface StandardTrees<V extends Value> {
  readonly steps: readonly KernelStep[]
  readonly x1: Tree<V>
  readonly x2: Tree<V> | null
  readonly outputs: Tree<AxesLayout> | null
}

/** The same of a network of one input and one value. */
export interface StandardInputs<V extends Value> {
  readonly steps: readonly KernelStep[]
  readonly x1: V
  readonly x2: V | null
  readonly output: AxesLayout | null
}

/**
 * Inputs with samples and channels where the network's first layers ask for them, brought to where steps expect them.
 * Throws NtkError 'axis' where layers do not agree on axes.
 */
export function standardTrees<V extends Value>(
  steps: readonly KernelStep[],
  x1: Tree<V>,
  x2: Tree<V> | null,
): StandardTrees<V> {
  if (!hasOwnAxes(steps)) return { steps, x1, x2, outputs: null }
  mapTree(x1, (leaf) => requireValue(leaf, 'x1 of a kernel'))
  const { steps: resolved, inputs, outputs } = resolveAxes(steps, x1)
  const standard = (x: Tree<V>): Tree<V> =>
    mapTree(zipTrees('A kernel', x, inputs), ({ a, b }) =>
      isStandard(b) ? a : transpose(a, [...standardOrder(b)]),
    )
  return { steps: resolved, x1: standard(x1), x2: x2 === null ? null : standard(x2), outputs }
}

/** `standardTrees` of one input. */
export function standardInputs<V extends Value>(
  steps: readonly KernelStep[],
  x1: V,
  x2: V | null,
): StandardInputs<V> {
  const { outputs, ...standard } = standardTrees<V>(steps, x1, x2)
  const output = outputs === null || isBranches(outputs) ? null : (outputs as AxesLayout)
  return { steps: standard.steps, x1: standard.x1 as V, x2: standard.x2 as V | null, output }
}
