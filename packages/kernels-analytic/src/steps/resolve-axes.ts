import { NtkError, type Shape } from '@ntk/tensor'
import { isBranches, mapTree, type Shaped, type Tree, zipTrees } from '../tree.js'
import { chains } from './chain.js'
import { layoutAfter } from './dot-general-axes.js'
import { entriesOf } from './index-positions.js'
import {
  type AxesLayout,
  fromStandard,
  isStandard,
  layoutOf,
  sameLayout,
  showLayout,
  standardAxis,
  standardLayout,
  standardOrder,
  toStandard,
} from './layout.js'
import type { AxesStep, DotGeneralStep, FlattenStep, IndexStep, KernelStep } from './step.js'
import { ruleOf } from './table.js'
import { branchesFor, isJoin, joinable, single } from './through-tree.js'

/** A value on its way: how its axes stand, its shape in the standard order, and the layout of the layer that has it in that order. */
interface Standing {
  readonly layout: AxesLayout
  readonly shape: Shape
  /** Between the two `axes` steps of a layer: the layout that its options speak of. */
  readonly within: AxesLayout | null
}

/** Steps as the evaluators take them, and the layouts that the inputs must have, with those of the values that come out. */
export interface Resolved {
  readonly steps: readonly KernelStep[]
  readonly inputs: Tree<AxesLayout>
  readonly outputs: Tree<AxesLayout>
}

/** What does not look at axes. */
const indifferent: ReadonlySet<KernelStep['kind']> = new Set([
  'activation',
  'dropout',
  'fanOut',
  'fanInSum',
  'fanInProd',
  'name',
  'map',
])

const isOwnFlatten = (step: KernelStep): boolean =>
  step.kind === 'flatten' && (step.batchAxis !== undefined || step.batchAxisOut !== undefined)

/** Whether some layer has its samples or channels elsewhere than first and last. */
export function hasOwnAxes(steps: readonly KernelStep[]): boolean {
  for (const step of steps) ruleOf(step)
  return steps.some(
    (step) =>
      step.kind === 'axes' ||
      // Samples and channels may stand elsewhere behind it.
      step.kind === 'dotGeneral' ||
      isOwnFlatten(step) ||
      (step.kind === 'parallel' && step.branches.some(hasOwnAxes)),
  )
}

/** The layout that the first layer that has one asks for; null where none has. */
function firstLayout(steps: readonly KernelStep[], rank: number): AxesLayout | null {
  for (const step of steps) {
    if (step.kind === 'axes') return step.axes === null ? null : layoutOf(step.layer, rank, step.axes)
    if (step.kind === 'flatten') {
      const batch = step.batchAxis ?? 0
      // Which of the others are channels makes no difference to it.
      return layoutOf('Flatten', rank, {
        batchAxis: batch,
        channelAxis: batch === rank - 1 || batch === -1 ? 0 : -1,
      })
    }
    if (step.kind === 'parallel') {
      const found = step.branches.map((branch) => firstLayout(branch, rank)).find((layout) => layout !== null)
      if (found !== undefined) return found
    } else if (!indifferent.has(step.kind)) return standardLayout(rank)
  }
  return null
}

/** The layouts that the inputs must have. A branch that says nothing leaves it to what stands `behind` it. */
function inputLayouts(
  steps: readonly KernelStep[],
  inputs: Tree<Shaped>,
  behind: readonly KernelStep[] = [],
): Tree<AxesLayout> {
  if (!isBranches(inputs)) {
    const rank = (inputs as Shaped).shape.length
    return firstLayout([...steps, ...behind], rank) ?? standardLayout(rank)
  }
  const at = steps.findIndex((step) => step.kind === 'parallel' || isJoin(step))
  const step = steps[at]
  const after = [...steps.slice(at + 1), ...behind]
  if (step?.kind === 'parallel') {
    return branchesFor(step, inputs).map((input, b) => inputLayouts(step.branches[b] ?? [], input, after))
  }
  return inputs.map((input) => inputLayouts([], input, step === undefined ? behind : after))
}

/**
 * The steps of a network whose layers hold samples and channels on axes of their own, for inputs of these shapes: the layouts of the
 * inputs that the first layers ask for, and options that name axes in terms of [batch, spatial..., channels]. Steps stay as many.
 *
 * Throws NtkError 'axis' where a layer gets its values with other axes than it asks for, 'requirement' where it gets more or fewer values.
 */
export function resolveAxes(steps: readonly KernelStep[], inputs: Tree<Shaped>): Resolved {
  const layouts = inputLayouts(steps, inputs)
  const start = mapTree(
    zipTrees('A network', inputs, layouts),
    ({ a, b }): Standing => ({ layout: b, shape: toStandard(a.shape, b), within: null }),
  )
  const [resolved, end] = through(steps, start)
  return { steps: resolved, inputs: layouts, outputs: mapTree(end, ({ layout }) => layout) }
}

/** The same steps without those that do nothing once the axes are resolved: what stands between them is one run again. */
export function withoutBounds(steps: readonly KernelStep[]): readonly KernelStep[] {
  if (!hasOwnAxes(steps)) return steps
  return steps.flatMap((step): readonly KernelStep[] => {
    if (step.kind === 'parallel') return [{ ...step, branches: step.branches.map(withoutBounds) }]
    return step.kind === 'axes' && step.order === undefined ? [] : [step]
  })
}

type Through = readonly [readonly KernelStep[], Tree<Standing>]

function through(steps: readonly KernelStep[], start: Tree<Standing>): Through {
  const out: KernelStep[] = []
  let here = start
  for (const step of steps) {
    const [resolved, next] = treeThrough(step, here)
    out.push(resolved)
    here = next
  }
  return [out, here]
}

function treeThrough(step: KernelStep, here: Tree<Standing>): readonly [KernelStep, Tree<Standing>] {
  if (step.kind === 'parallel') {
    const each = branchesFor(step, here).map((input, b) => through(step.branches[b] ?? [], input))
    return [{ ...step, branches: each.map(([steps]) => steps) }, each.map(([, standing]) => standing)]
  }
  const flow = isJoin(step) ? joinable(step, here) : [single(step, here)]
  const [resolved, next] = stepThrough(step, flow)
  return [resolved, step.kind === 'fanOut' ? next : (next[0] as Standing)]
}

function stepThrough(
  given: KernelStep,
  flow: readonly Standing[],
): readonly [KernelStep, readonly Standing[]] {
  const [first] = flow
  if (first === undefined) {
    // A join of nothing is its rule's to refuse.
    ruleOf(given).shapes(given, [], chains)
    return [given, []]
  }
  const name = ruleOf(given).name(given)
  for (const { layout } of flow) {
    if (!sameLayout(layout, first.layout)) throw mismatch(name, layout, first.layout)
  }
  // Joining branches goes along an axis of theirs, wherever it is.
  const asksForStandard =
    !['axes', 'flatten', 'fanInConcat'].includes(given.kind) && !indifferent.has(given.kind)
  if (asksForStandard && first.within === null && !isStandard(first.layout)) {
    throw mismatch(name, first.layout, standardLayout(first.layout.rank))
  }
  const seesLayout = given.kind === 'fanInConcat' || given.kind === 'name'
  const step = translated(given, first.within ?? (seesLayout ? first.layout : null))
  const inputs = flow.map(({ shape }) => shape)
  const shapes = ruleOf(step).shapes(step, inputs, chains)
  const standing =
    given.kind === 'dotGeneral'
      ? behindProduct(given, first)
      : standingAfter(step, first, (shapes[0] as Shape).length)
  return [step, shapes.map((shape) => ({ ...standing, shape }))]
}

function standingAfter(step: KernelStep, before: Standing, rank: number): Omit<Standing, 'shape'> {
  if (step.kind === 'axes') return crossing(step, before)
  if (step.kind === 'flatten') return { layout: flattened(step, before), within: null }
  if (indifferent.has(step.kind) || step.kind === 'fanInConcat') return before
  if (step.kind === 'index' && before.within !== null) {
    return { layout: standardLayout(rank), within: indexedLayout(step, before.within) }
  }
  return { layout: standardLayout(rank), within: before.within }
}

/** Behind a product samples and channels stand where it puts them. */
function behindProduct(step: DotGeneralStep, { layout, shape, within }: Standing): Omit<Standing, 'shape'> {
  const own = within ?? layout
  return { layout: layoutAfter(step, fromStandard(shape, own), own), within: null }
}

/** What is left of a layout where an index, in the standard order, takes single positions: their axes go. */
function indexedLayout({ idx }: IndexStep, layout: AxesLayout): AxesLayout {
  const gone = standardOrder(layout).filter((_, i) => typeof idx[i] === 'number')
  const left = (axis: number): number => axis - gone.filter((other) => other < axis).length
  return { rank: layout.rank - gone.length, batch: left(layout.batch), channel: left(layout.channel) }
}

/** Into the standard order, or out of it. */
function crossing({ layer, to, axes }: AxesStep, { layout, within }: Standing): Omit<Standing, 'shape'> {
  const { rank } = layout
  const own = axes === null ? null : layoutOf(layer, rank, axes)
  if (to === 'standard') {
    if (own === null || !sameLayout(own, layout)) throw mismatch(layer, layout, own ?? standardLayout(rank))
    return { layout: standardLayout(rank), within: layout }
  }
  if (own !== null) return { layout: own, within: null }
  if (within?.rank === rank) return { layout: within, within: null }
  // Samples and channels keep their order where the positions between them went.
  const batchFirst = within === null || within.batch < within.channel
  return { layout: batchFirst ? standardLayout(rank) : { rank, batch: rank - 1, channel: 0 }, within: null }
}

function flattened({ batchAxis = 0, batchAxisOut = 0 }: FlattenStep, { layout }: Standing): AxesLayout {
  const asked = batchAxis < 0 ? batchAxis + layout.rank : batchAxis
  if (asked !== layout.batch) throw mismatch('Flatten', layout, { ...layout, batch: asked })
  return batchAxisOut === 1 || batchAxisOut === -1 ? { rank: 2, batch: 1, channel: 0 } : standardLayout(2)
}

/** Options that name axes, in the standard order. */
function translated(step: KernelStep, layout: AxesLayout | null): KernelStep {
  if (layout === null) return step
  if (step.kind === 'name') return { ...step, layout }
  if (step.kind === 'fanInConcat') return { ...step, axis: standardAxis('FanInConcat', step.axis, layout) }
  const axesIn = (name: string, axes: readonly number[]): readonly number[] =>
    axes.map((axis) => standardAxis(name, axis, layout))
  const inOrder = <T>(each: readonly T[]): readonly T[] =>
    standardOrder(layout).map((axis) => each[axis] as T)
  switch (step.kind) {
    case 'layerNorm':
      return { ...step, axis: axesIn('LayerNorm', step.axis) }
    case 'aggregate':
      return step.aggregateAxis === null
        ? step
        : { ...step, aggregateAxis: axesIn('Aggregate', step.aggregateAxis) }
    case 'imageResize':
      // One of another length is refused by its rule.
      return step.shape.length === layout.rank ? { ...step, shape: inOrder(step.shape) } : step
    case 'index':
      return { ...step, idx: inOrder(entriesOf(step.idx, layout.rank)) }
    case 'dotGeneral': {
      const moved = ([x, operand]: DotGeneralStep['contract']): DotGeneralStep['contract'] => [
        axesIn('DotGeneral', x),
        operand,
      ]
      return { ...step, contract: moved(step.contract), batch: moved(step.batch) }
    }
    default:
      return step
  }
}

function mismatch(name: string, got: AxesLayout, asked: AxesLayout): NtkError {
  return new NtkError('axis', {
    what: `${name} takes values with ${showLayout(asked)}.`,
    got: `values with ${showLayout(got)}`,
    fix: 'Give neighbouring layers the same batchAxis and channelAxis (or dimensionNumbers).',
  })
}
