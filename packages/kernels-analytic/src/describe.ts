import { NtkError, type Shape, showShape } from '@ntk/tensor'
import {
  boolean,
  orNull,
  positiveInteger,
  type RulesFor,
  readOptions,
  requireList,
} from '@ntk/tensor/options'
import type { SpatialRequirement } from './requirements.js'
import { chains, layoutBefore, shapesOf } from './steps/chain.js'
import { toStandard } from './steps/layout.js'
import { stepsOf } from './steps/net.js'
import { hasOwnAxes, resolveAxes } from './steps/resolve-axes.js'
import { elementsOf, type SpatialLayout } from './steps/rule.js'
import type { KernelNet, KernelStep } from './steps/step.js'
import { ruleOf } from './steps/table.js'

export interface DescribeOptions {
  /** Samples of x1; 1 unless given. */
  readonly n1?: number | undefined
  /** Samples of x2; null (the default): x1 with itself, of which one triangle is computed. */
  readonly n2?: number | null | undefined
  /** Whether the NTK is wanted beside the NNGP, true unless given. */
  readonly ntk?: boolean | undefined
}

const rules = {
  n1: positiveInteger(1),
  n2: orNull(positiveInteger(), null),
  ntk: boolean(true),
} satisfies RulesFor<DescribeOptions>

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

/** What the kernel of a network takes, before it is made. */
export interface NetDescription {
  readonly layers: readonly LayerDescription[]
  /** Pairs of samples that are computed. */
  readonly pairs: number
  /** Arithmetic operations in all, those of the product of the inputs included. */
  readonly operations: number
  /** Bytes of the results in float64: `nngp`, and `ntk` where wanted. */
  readonly resultBytes: number
  /** Most bytes that one pair of samples takes on its way, in float64. */
  readonly bytesPerPair: number
}

/**
 * A table of a network's layers with the shapes, requirements, cost and memory of its kernel, for inputs of a shape
 * [batch, features] or [batch, spatial..., channels], or with the axes that the first layers ask for (the batch is not looked at).
 *
 * Throws NtkError 'shape' on an input shape without sizes, and what the kernel itself would throw about branches and layers
 * without a kernel.
 */
export function describe(net: KernelNet, inputShape: Shape, options?: DescribeOptions): NetDescription {
  const { n1, n2, ntk } = readOptions('describe', rules, options)
  const own = stepsOf(net)
  requireList(inputShape, 'The input shape of describe')
  const { steps, shape } = hasOwnAxes(own) ? standard(own, inputShape) : { steps: own, shape: inputShape }
  const [, ...sizes] = shape
  if (sizes.length === 0 || sizes.some((d) => !Number.isInteger(d) || d < 1)) {
    throw new NtkError('shape', {
      what: 'describe needs an input shape [batch, features] or [batch, spatial..., channels] with known sizes.',
      got: showShape(inputShape),
      fix: 'Use [-1, ...x.shape.slice(1)].',
    })
  }
  const start: Shape = [-1, ...sizes]
  const layers = rows(steps, [start], 'full', ntk, 0)
  const first = elementsOf(start, layoutBefore(steps, 'full'))
  const last = shapesOf(steps, [start]).reduce((total, shape) => total + elementsOf(shape, 'full'), 0)
  const pairs = n2 === null ? (n1 * (n1 + 1)) / 2 : n1 * n2
  const arrays = ntk ? 2 : 1
  const product = 2 * first * (start.at(-1) as number)
  const perPair = layers
    .filter((layer) => layer.depth === 0)
    .reduce((total, layer) => total + layer.operations, product)
  return {
    layers,
    pairs,
    operations: pairs * perPair,
    resultBytes: 8 * arrays * n1 * (n2 ?? n1) * last,
    bytesPerPair: 8 * arrays * Math.max(first, ...layers.map((layer) => layer.elements)),
  }
}

/** Steps and shape in the order [batch, spatial..., channels]. */
function standard(
  own: readonly KernelStep[],
  inputShape: Shape,
): { readonly steps: readonly KernelStep[]; readonly shape: Shape } {
  const { steps, input } = resolveAxes(own, inputShape)
  return { steps, shape: toStandard(inputShape, input) }
}

/** The rows of steps one after the other, and behind a `parallel` those of its branches. */
function rows(
  steps: readonly KernelStep[],
  shapes: readonly Shape[],
  after: SpatialLayout,
  ntk: boolean,
  depth: number,
): LayerDescription[] {
  let before = shapes
  return steps.flatMap((step, i) => {
    const rule = ruleOf(step)
    const behind = layoutBefore(steps.slice(i + 1), after)
    const layout = layoutBefore(steps.slice(i), after)
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
      rows(branch, [came[b] as Shape], behind, ntk, depth + 1),
    )
    return [row, ...inside]
  })
}
