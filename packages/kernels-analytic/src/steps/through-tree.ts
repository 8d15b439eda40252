import { NtkError } from '@ntk/tensor'
import type { Num } from '../numbers.js'
import { type Branches, isBranches, showTree, type Tree } from '../tree.js'
import { checkTree } from './chain.js'
import type { HyperparameterTree } from './hyperparameters.js'
import { branchValues } from './parallel.js'
import type { KernelStep, ParallelStep } from './step.js'
import { ruleOf } from './table.js'

type Steps = readonly KernelStep[]
type Values = HyperparameterTree<Num> | undefined

/** What brings a list of values together. */
export type JoinStep = Extract<KernelStep, { kind: `fanIn${string}` }>

export const isJoin = (step: KernelStep): step is JoinStep =>
  step.kind === 'fanInSum' || step.kind === 'fanInProd' || step.kind === 'fanInConcat'

const changesStructure = (step: KernelStep): boolean =>
  step.kind === 'parallel' || step.kind === 'fanOut' || isJoin(step)

function unfit(step: KernelStep, needs: string, got: Tree<unknown>, fix: string): NtkError {
  return new NtkError('requirement', {
    what: `${ruleOf(step).name(step)} takes ${needs}.`,
    got: isBranches(got) ? `${got.length} branches, ${showTree(got)}` : 'one value',
    fix,
  })
}

const bringTogether = 'Bring values together first, with FanInSum, FanInProd or FanInConcat.'

/** What comes into each branch. Throws NtkError 'requirement' unless there is one entry a branch. */
export function branchesFor<T>(step: ParallelStep, here: Tree<T>): Branches<T> {
  const n = step.branches.length
  if (isBranches(here) && here.length === n) return here
  throw new NtkError('requirement', {
    what: `parallel of ${n} branches needs ${n} values.`,
    got: isBranches(here) ? `${here.length}, ${showTree(here)}` : '1',
    fix: isBranches(here)
      ? 'Give an input a branch.'
      : `Put FanOut(${n}) before it, or give a list of inputs.`,
  })
}

/** The values that a join brings together. Throws NtkError 'requirement' unless they are a list of single ones. */
export function joinable<T>(step: JoinStep, here: Tree<T>): readonly T[] {
  if (isBranches(here) && !here.some(isBranches)) return here as readonly T[]
  const fix = isBranches(here) ? bringTogether : 'Put FanOut before it.'
  throw unfit(step, 'a list of single values', here, fix)
}

/** What a step gets that takes one value. Throws NtkError 'requirement' where it is a list. */
export function single<T>(step: KernelStep, here: Tree<T>): T {
  if (isBranches(here)) throw unfit(step, 'one value', here, bringTogether)
  return here as T
}

/** What steps do to the leaves of a tree. */
export interface Leaves<T> {
  /** Steps that take one value and give one. */
  readonly along: (steps: Steps, leaf: T, values: Values) => T
  readonly fan: (step: KernelStep, leaf: T) => readonly T[]
  readonly join: (step: KernelStep, leaves: readonly T[]) => T
}

/** Values through steps: `parallel` maps its branches over a list, whose entries may be lists again; joins make one of a list. */
export function throughTree<T>(steps: Steps, start: Tree<T>, values: Values, leaves: Leaves<T>): Tree<T> {
  checkTree(steps, values)
  let here = start
  for (let i = 0; i < steps.length; ) {
    const step = steps[i] as KernelStep
    if (step.kind === 'parallel') {
      const own = branchValues(step, values?.[i])
      here = branchesFor(step, here).map((branch, b) =>
        throughTree(step.branches[b] as Steps, branch, own?.[b], leaves),
      )
    } else if (isJoin(step)) here = leaves.join(step, joinable(step, here))
    else {
      const leaf = single(step, here)
      if (step.kind === 'fanOut') here = leaves.fan(step, leaf)
      else {
        const next = steps.findIndex((later, at) => at > i && changesStructure(later))
        const end = next === -1 ? steps.length : next
        here = leaves.along(steps.slice(i, end), leaf, values?.slice(i, end))
        i = end
        continue
      }
    }
    i += 1
  }
  return here
}

/** The structure of what comes out. Throws NtkError 'requirement' at a step that gets another structure than it takes. */
export function structureAfter(steps: Steps, start: Tree<unknown>): Tree<null> {
  const bare = (tree: Tree<unknown>): Tree<null> => (isBranches(tree) ? tree.map(bare) : null)
  return throughTree<null>(steps, bare(start), undefined, {
    along: () => null,
    fan: (step) => new Array<null>(step.kind === 'fanOut' ? step.n : 1).fill(null),
    join: () => null,
  })
}

const takesList = (steps: Steps): boolean => {
  const first = steps.find(changesStructure)
  return first !== undefined && first.kind !== 'fanOut'
}

const givesList = (steps: Steps): boolean => {
  const last = steps.findLast(changesStructure)
  return last !== undefined && !isJoin(last)
}

/** Whether a branch somewhere inside takes a list or gives one, which stands in a list then. */
const nests = (steps: Steps): boolean =>
  steps.some(
    (step) =>
      step.kind === 'parallel' &&
      step.branches.some((branch) => takesList(branch) || givesList(branch) || nests(branch)),
  )

/** Whether values of steps that begin with one are more than that and a list of it: a list comes out, or stands in a list on the way. */
export function needsTree(steps: Steps): boolean {
  for (const step of steps) ruleOf(step)
  return givesList(steps) || nests(steps)
}
