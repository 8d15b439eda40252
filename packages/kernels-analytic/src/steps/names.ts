import { requireList, requireParts } from '@ntk/tensor/options'
import { carriesAll } from '../places.js'
import { one } from './one.js'
import type { StepRule } from './rule.js'
import type { KernelStep, NameStep } from './step.js'

/** "block", or "block.3" in the third copy of a repeat, and "block.2.3" in that of the second copy of an outer one. */
export const fullName = ({ name, index = [] }: NameStep): string => [name, ...index].join('.')

/** The names of layers, in the order in which the kernel passes their ends. */
export function namesIn(steps: readonly KernelStep[]): string[] {
  return steps.flatMap((step) => {
    if (step.kind === 'parallel') return step.branches.flatMap(namesIn)
    return step.kind === 'name' ? [fullName(step)] : []
  })
}

/** Steps with those changed that are names; the very same ones where there are none. */
function mapNames(
  steps: readonly KernelStep[],
  change: (step: NameStep) => readonly KernelStep[],
): readonly KernelStep[] {
  if (namesIn(steps).length === 0) return steps
  return steps.flatMap((step): readonly KernelStep[] => {
    if (step.kind === 'parallel') {
      return [{ ...step, branches: step.branches.map((branch) => mapNames(branch, change)) }]
    }
    return step.kind === 'name' ? change(step) : [step]
  })
}

/** The steps of the i-th copy of a layer that is repeated, from 1 on: its names get that number. */
export function numberNames(steps: readonly KernelStep[], i: number): readonly KernelStep[] {
  requireList(steps, 'The steps of numberNames')
  for (const step of steps) requireParts(step, 'Each of the steps of numberNames', ['kind'], 'a layer')
  return mapNames(steps, (step) => [{ ...step, index: [i, ...(step.index ?? [])] }])
}

/** The steps without names but those that are asked for: what stands between them is one run again. */
export function withoutNames(
  steps: readonly KernelStep[],
  asked: readonly string[] = [],
): readonly KernelStep[] {
  const kept = new Set(asked)
  return mapNames(steps, (step) => (kept.has(fullName(step)) ? [step] : []))
}

/** The end of a layer with a name: nothing happens to the kernel, and whoever evaluates sees it. */
export const nameRule: StepRule<NameStep> = {
  name: (step) => `named ${fullName(step)}`,
  places: () => carriesAll,
  spatial: () => 'same',
  shapes: (_step, shapes) => shapes,
  hyperparameters: () => ({}),
  evaluate: (step, flow, _values, chains) => {
    chains.seen?.(step, one(flow, fullName(step)))
    return flow
  },
  operations: () => 0,
}
