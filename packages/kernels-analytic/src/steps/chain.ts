import { NtkError, type Shape } from '@ntk/tensor'
import { requireList } from '@ntk/tensor/options'
import type { Kernel } from '../kernel.js'
import type { Num } from '../numbers.js'
import { requirementOfChain, requirePlaces, type SpatialRequirement } from '../requirements.js'
import type { HyperparameterTree } from './hyperparameters.js'
import { zeroMasked } from './masks.js'
import type { Chains, Flow, Seen, SpatialLayout, Work } from './rule.js'
import type { KernelStep } from './step.js'
import { ruleOf } from './table.js'

/** What steps one after the other need to know of positions of what comes in. */
export function spatialOf(steps: readonly KernelStep[]): SpatialRequirement {
  requireList(steps, 'The steps of spatialOf')
  return requirementOfChain(steps.map((step) => ruleOf(step).spatial(step, chains)))
}

/** The layout of what comes into a chain of which `after` is wanted in the end. */
export function layoutBefore(steps: readonly KernelStep[], after: SpatialLayout): SpatialLayout {
  const need = spatialOf(steps)
  return need === 'same' ? after : need
}

/** Steps that change nothing of how positions go together. */
const keepsPositions: ReadonlySet<KernelStep['kind']> = new Set(['axes', 'name', 'dropout'])

/**
 * The layout of what a network gives: all pairs of positions, but equal ones where its last layer has weights of its own at each position, for
 * then different positions are independent.
 */
export function layoutAtEnd(steps: readonly KernelStep[]): SpatialLayout {
  const last = steps.findLast(({ kind }) => !keepsPositions.has(kind))
  return last?.kind === 'conv' && last.weights === 'local' ? 'diagonal' : 'full'
}

/** The layout that comes into each step of a chain, and behind the last `after`, which is wanted in the end. */
export function layoutsOf(steps: readonly KernelStep[], after: SpatialLayout): SpatialLayout[] {
  const layouts: SpatialLayout[] = [after]
  for (const step of steps.toReversed()) {
    const need = ruleOf(step).spatial(step, chains)
    layouts.push(need === 'same' ? (layouts.at(-1) as SpatialLayout) : need)
  }
  return layouts.reverse()
}

/** Shapes of the finite network's values after the steps. */
export function shapesOf(steps: readonly KernelStep[], shapes: readonly Shape[]): readonly Shape[] {
  return steps.reduce((before, step) => ruleOf(step).shapes(step, before, chains), shapes)
}

/** The numbers of all steps. */
export function hyperparametersOf(steps: readonly KernelStep[]): HyperparameterTree {
  return steps.map((step) => ruleOf(step).hyperparameters(step, chains))
}

/** Arithmetic operations for one pair of samples. */
function operationsOf(steps: readonly KernelStep[], { shapes, after, ntk }: Omit<Work, 'layout'>): number {
  let total = 0
  let before = shapes
  const layouts = layoutsOf(steps, after)
  steps.forEach((step, i) => {
    const [layout, behind] = layouts.slice(i, i + 2) as [SpatialLayout, SpatialLayout]
    const work = { shapes: before, layout, after: behind, ntk }
    total += ruleOf(step).operations(step, work, chains)
    before = ruleOf(step).shapes(step, before, chains)
  })
  return total
}

/** Whether the result for some samples depends on others of their set. */
export function mixesSamples(steps: readonly KernelStep[]): boolean {
  return steps.some((step) => ruleOf(step).mixesSamples?.(step, chains) ?? false)
}

/** A kernel with no deficits but its own. */
function withoutOld(kernel: Kernel, before: Flow): Kernel {
  const isOld = kernel.deficit !== undefined && before.some(({ deficit }) => deficit === kernel.deficit)
  return isOld ? { ...kernel, deficit: undefined } : kernel
}

/** One step: what it refuses is looked for first, and what is masked behind it is put to 0. */
export function evaluateStep(
  step: KernelStep,
  flow: Flow,
  values: HyperparameterTree<Num>[number] | undefined,
  within: Chains,
): Flow {
  const rule = ruleOf(step)
  const treatments = rule.places(step)
  for (const kernel of flow) requirePlaces(kernel, treatments, rule.name(step))
  const out = rule.evaluate(step, flow, values, within).map(zeroMasked)
  if (treatments.deficit === 'carries') return out
  return out.map((kernel) => withoutOld(kernel, flow))
}

/**
 * The plain evaluator: one step after the other, in ops, on tensors and tracers. With `values` in place of the steps' own
 * numbers the kernel is differentiable in them. `seen` is shown the kernels behind layers with names.
 */
export function evaluatePlainly(
  steps: readonly KernelStep[],
  flow: Flow,
  values?: HyperparameterTree<Num>,
  seen?: Seen,
): Flow {
  requireList(steps, 'The steps of evaluatePlainly')
  requireList(flow, 'The flow of evaluatePlainly')
  checkTree(steps, values)
  const within: Chains =
    seen === undefined
      ? chains
      : {
          ...chains,
          seen,
          evaluate: (inner, before, own) => evaluatePlainly(inner, before, own, seen),
        }
  return steps.reduce((before, step, i) => evaluateStep(step, before, values?.[i], within), flow)
}

/** Throws NtkError 'tree' unless there is one record a step. */
export function checkTree(steps: readonly KernelStep[], values: HyperparameterTree<Num> | undefined): void {
  if (values === undefined || (Array.isArray(values) && values.length === steps.length)) return
  throw new NtkError('tree', {
    what: `hyperparameters need a list with one record a step, ${steps.length}.`,
    got: Array.isArray(values) ? `${values.length}` : typeof values,
    fix: 'Take the tree that hyperparameters(net) gives, with other values in it.',
  })
}

export const chains: Chains = {
  spatial: spatialOf,
  shapes: shapesOf,
  hyperparameters: hyperparametersOf,
  evaluate: evaluatePlainly,
  operations: operationsOf,
  mixesSamples,
}
