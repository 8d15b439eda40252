import type { Shape } from '@ntk/tensor'
import { activationOf } from '../activations/by-name.js'
import type { SpatialRequirement } from '../requirements.js'
import { leavesOf, type Shaped, type Tree } from '../tree.js'
import { chains, layoutsOf } from './chain.js'
import { elementsOf, type SpatialLayout } from './rule.js'
import type { KernelStep } from './step.js'
import { ruleOf } from './table.js'
import { branchesFor, isJoin, joinable, single } from './through-tree.js'

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
  /**
   * What an activation without a closed form may add to K and Θ, in parts of the deviations of its values and slopes: the error of its quadrature.
   * Null where there is none, and numbers are right but for roundings.
   */
  readonly error: number | null
}

/** A row, and the step that it is of. */
export interface Row {
  readonly step: KernelStep
  readonly row: LayerDescription
}

/** The rows of some steps, and the shapes of what comes out of them. */
interface Rows {
  readonly rows: readonly Row[]
  readonly out: Tree<Shaped>
}

/** What is asked of every row. */
interface Asked {
  readonly ntk: boolean
  readonly depth: number
}

/** The rows of steps one after the other, and behind a `parallel` those of its branches. */
export function rowsOf(
  steps: readonly KernelStep[],
  inputs: Tree<Shaped>,
  after: SpatialLayout,
  ntk: boolean,
): readonly Row[] {
  return rowsThrough(steps, inputs, after, { ntk, depth: 0 }).rows
}

function rowsThrough(
  steps: readonly KernelStep[],
  inputs: Tree<Shaped>,
  after: SpatialLayout,
  asked: Asked,
): Rows {
  let here = inputs
  const layouts = layoutsOf(steps, after)
  const rows = steps.flatMap((step, i) => {
    const [layout, behind] = layouts.slice(i, i + 2) as [SpatialLayout, SpatialLayout]
    const inside = rowsInside(step, here, { layout, behind }, asked)
    here = inside.out
    const rule = ruleOf(step)
    const shapes = leavesOf(here).map(({ shape }) => shape)
    const row: LayerDescription = {
      name: rule.name(step),
      depth: asked.depth,
      shapes,
      needs: rule.spatial(step, chains),
      layout,
      elements: shapes.reduce((total, shape) => total + elementsOf(shape, behind), 0),
      operations: inside.operations,
      error: errorOf(step),
    }
    return [{ step, row }, ...inside.rows]
  })
  return { rows, out: here }
}

function errorOf(step: KernelStep): number | null {
  if (step.kind !== 'activation') return null
  return activationOf(step.name).dual?.error?.(step.options as never) ?? null
}

/** What one step makes of shapes, what it costs, and the rows of its branches. */
function rowsInside(
  step: KernelStep,
  here: Tree<Shaped>,
  { layout, behind }: { readonly layout: SpatialLayout; readonly behind: SpatialLayout },
  { ntk, depth }: Asked,
): Rows & { readonly operations: number } {
  if (step.kind === 'parallel') {
    const each = branchesFor(step, here).map((input, b) =>
      rowsThrough(step.branches[b] as readonly KernelStep[], input, behind, { ntk, depth: depth + 1 }),
    )
    const rows = each.flatMap((branch) => branch.rows)
    const own = rows.filter(({ row }) => row.depth === depth + 1)
    return {
      rows,
      out: each.map(({ out }) => out),
      operations: own.reduce((total, { row }) => total + row.operations, 0),
    }
  }
  const flow = (isJoin(step) ? joinable(step, here) : [single(step, here)]).map(({ shape }) => shape)
  const rule = ruleOf(step)
  const out = rule.shapes(step, flow, chains).map((shape) => ({ shape }))
  return {
    rows: [],
    out: step.kind === 'fanOut' ? out : (out[0] as Shaped),
    operations: rule.operations(step, { shapes: flow, layout, after: behind, ntk }, chains),
  }
}
