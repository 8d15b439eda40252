import { NtkError, type Shape } from '@ntk/tensor'
import { carriesAll } from '../places.js'
import { requirementOfBranches } from '../requirements.js'
import type { StepHyperparameters } from './hyperparameters.js'
import type { StepRule } from './rule.js'
import type { KernelStep, ParallelStep } from './step.js'

type Steps = readonly KernelStep[]

/** Each branch with what belongs to it. Throws NtkError 'requirement' where there are more or fewer values than branches. */
function pairUp<T>({ branches }: ParallelStep, values: readonly T[]): readonly (readonly [Steps, T])[] {
  if (values.length !== branches.length) {
    throw new NtkError('requirement', {
      what: `parallel of ${branches.length} branches needs ${branches.length} values.`,
      got: String(values.length),
      fix: `Put FanOut(${branches.length}) before it.`,
    })
  }
  return branches.map((steps, i) => [steps, values[i] as T])
}

/** The one thing that each branch gives. */
function single<T>(out: readonly T[], i: number): T {
  const [value] = out
  if (out.length === 1 && value !== undefined) return value
  throw new NtkError('requirement', {
    what: 'A branch of parallel gives one value.',
    got: `${out.length} from branch ${i}`,
    fix: 'Close the branch with FanInSum.',
  })
}

/** Steps side by side. */
export const parallelRule: StepRule<ParallelStep> = {
  name: () => 'parallel',
  places: () => carriesAll,
  spatial: (step, chains) => requirementOfBranches(step.branches.map((branch) => chains.spatial(branch))),
  shapes: (step, shapes, chains) =>
    pairUp<Shape>(step, shapes).map(([branch, shape], i) => single(chains.shapes(branch, [shape]), i)),
  hyperparameters: (step, chains) => ({
    branches: step.branches.map((branch) => chains.hyperparameters(branch)),
  }),
  evaluate: (step, flow, values, chains) => {
    const each = branchValues(step, values)
    return pairUp(step, flow).map(([branch, kernel], i) =>
      single(chains.evaluate(branch, [kernel], each?.[i]), i),
    )
  },
  mixesSamples: (step, chains) => step.branches.some((branch) => chains.mixesSamples(branch)),
  operations: (step, { shapes, after, ntk }, chains) =>
    pairUp<Shape>(step, shapes).reduce(
      (total, [branch, shape]) => total + chains.operations(branch, { shapes: [shape], after, ntk }),
      0,
    ),
}

export function branchValues<N>(
  { branches }: ParallelStep,
  values: StepHyperparameters<N> | undefined,
): Extract<StepHyperparameters<N>[string], readonly unknown[]> | undefined {
  if (values === undefined) return undefined
  const each = values.branches
  if (Array.isArray(each) && each.length === branches.length) return each
  throw new NtkError('tree', {
    what: `hyperparameters of parallel need \`branches\`, a list of ${branches.length}.`,
    got: Array.isArray(each) ? `a list of ${each.length}` : typeof each,
    fix: 'Take the tree that hyperparameters(net) gives, with other values in it.',
  })
}
