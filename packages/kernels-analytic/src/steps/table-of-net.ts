import type { Shape } from '@ntk/tensor'
import type { SpatialRequirement } from '../requirements.js'
import { chains, layoutsOf } from './chain.js'
import { elementsOf, type SpatialLayout } from './rule.js'
import type { KernelStep } from './step.js'
import { ruleOf } from './table.js'

/** A layer of a network, as its kernel goes through it. */
export interface LayerDescription {
  readonly name: string
  /** How deep inside of `parallel` it stands; 0 outside. */
  readonly depth: number
  /** Shape [batch, spatial..., channels] of the finite network's values after it, a branch; the batch is -1. */
  readonly shapes: readonly Shape[]
  /** What it needs to know of positions: 'same' is what is wanted of its output. */
  readonly needs: SpatialRequirement
  /** The covariances of positions that come in. */
  readonly layout: SpatialLayout
  /** Numbers that `nngp` holds for one pair of samples after it, all branches together. */
  readonly elements: number
  /** Arithmetic operations for one pair of samples. */
  readonly operations: number
}

/** The rows of steps one after the other, and behind a `parallel` those of its branches. */
export function rowsOf(
  steps: readonly KernelStep[],
  shapes: readonly Shape[],
  after: SpatialLayout,
  ntk: boolean,
  depth: number = 0,
): LayerDescription[] {
  let before = shapes
  const layouts = layoutsOf(steps, after)
  return steps.flatMap((step, i) => {
    const rule = ruleOf(step)
    const [layout, behind] = layouts.slice(i, i + 2) as [SpatialLayout, SpatialLayout]
    const came = before
    before = rule.shapes(step, came, chains)
    const row: LayerDescription = {
      name: rule.name(step),
      depth,
      shapes: before,
      needs: rule.spatial(step, chains),
      layout,
      elements: before.reduce((total, shape) => total + elementsOf(shape, behind), 0),
      operations: rule.operations(step, { shapes: came, layout, after: behind, ntk }, chains),
    }
    if (step.kind !== 'parallel') return [row]
    const inside = step.branches.flatMap((branch, b) =>
      rowsOf(branch, [came[b] as Shape], behind, ntk, depth + 1),
    )
    return [row, ...inside]
  })
}
