import { transpose, type Value } from '@ntk/tensor'
import { requireValue } from '@ntk/tensor/options'
import { type AxesLayout, isStandard, standardOrder } from '../steps/layout.js'
import { hasOwnAxes, resolveAxes } from '../steps/resolve-axes.js'
import type { KernelStep } from '../steps/step.js'

/** Steps and inputs [n, spatial..., channels], and how the finite network's values stand in the end (null: in that order). */
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
export function standardInputs<V extends Value>(
  steps: readonly KernelStep[],
  x1: V,
  x2: V | null,
): StandardInputs<V> {
  if (!hasOwnAxes(steps)) return { steps, x1, x2, output: null }
  requireValue(x1, 'x1 of a kernel')
  const { steps: resolved, input, output } = resolveAxes(steps, x1.shape)
  const standard = (x: V): V => (isStandard(input) ? x : transpose(x, [...standardOrder(input)]))
  return { steps: resolved, x1: standard(x1), x2: x2 === null ? null : standard(x2), output }
}
