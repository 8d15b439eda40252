import { NtkError } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Num } from '../numbers.js'
import { type chains, checkTree, evaluateStep } from '../steps/chain.js'
import type { HyperparameterTree } from '../steps/hyperparameters.js'
import { branchValues } from '../steps/parallel.js'
import type { KernelStep } from '../steps/step.js'
import { ruleOf } from '../steps/table.js'
import { type Branches, isBranches, showTree, type Tree } from '../tree.js'

type Steps = readonly KernelStep[]
type Values = HyperparameterTree<Num> | undefined

/** What steps do to the leaves of a tree. */
interface Leaves<T> {
  /** Steps that take one value and give one. */
  readonly along: (steps: Steps, leaf: T, values: Values) => T
  readonly fan: (step: KernelStep, leaf: T) => readonly T[]
  readonly join: (step: KernelStep, leaves: readonly T[]) => T
}

type Join = Extract<KernelStep, { kind: `fanIn${string}` }>

const isJoin = (step: KernelStep): step is Join =>
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

const join = 'Bring values together first, with FanInSum, FanInProd or FanInConcat.'

function branchesFor<T>(step: Extract<KernelStep, { kind: 'parallel' }>, here: Tree<T>): Branches<T> {
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

/** Values through steps: `parallel` maps its branches over a list, whose entries may be lists again; joins make one of a list. */
function throughTree<T>(steps: Steps, start: Tree<T>, values: Values, leaves: Leaves<T>): Tree<T> {
  checkTree(steps, values)
  let here = start
  for (let i = 0; i < steps.length; ) {
    const step = steps[i] as KernelStep
    if (step.kind === 'parallel') {
      const own = branchValues(step, values?.[i])
      here = branchesFor(step, here).map((branch, b) =>
        throughTree(step.branches[b] as Steps, branch, own?.[b], leaves),
      )
    } else if (isJoin(step)) {
      if (!isBranches(here) || here.some(isBranches)) {
        throw unfit(step, 'a list of single values', here, isBranches(here) ? join : 'Put FanOut before it.')
      }
      here = leaves.join(step, here as readonly T[])
    } else {
      if (isBranches(here)) throw unfit(step, 'one value', here, join)
      if (step.kind === 'fanOut') here = leaves.fan(step, here as T)
      else {
        const next = steps.findIndex((later, at) => at > i && changesStructure(later))
        const end = next === -1 ? steps.length : next
        here = leaves.along(steps.slice(i, end), here as T, values?.slice(i, end))
        i = end
        continue
      }
    }
    i += 1
  }
  return here
}

/**
 * Kernels of a tree of inputs through steps, with `along` for what takes one value. Equal values are only those that `fanOut` made so:
 * kernels of inputs tell each other apart by their sources (`inputLeaf`).
 */
export function evaluateTree(
  steps: Steps,
  start: Tree<Kernel>,
  along: (steps: Steps, kernel: Kernel, values: Values) => Kernel,
  within: typeof chains,
  values?: Values,
): Tree<Kernel> {
  return throughTree(steps, start, values, {
    along,
    fan: (step, kernel) => evaluateStep(step, [kernel], undefined, within),
    join: (step, kernels) => evaluateStep(step, kernels, undefined, within)[0] as Kernel,
  })
}

/** The structure of what comes out. Throws NtkError 'requirement' at a step that gets another structure than it takes. */
export function structureAfter(steps: Steps, start: Tree<null>): Tree<null> {
  return throughTree<null>(steps, start, undefined, {
    along: () => null,
    fan: (step) => new Array<null>(step.kind === 'fanOut' ? step.n : 1).fill(null),
    join: () => null,
  })
}

/** Whether what comes out of the steps is a list where one value goes in. */
export function givesList(steps: Steps): boolean {
  for (const step of steps) ruleOf(step)
  const last = steps.findLast(changesStructure)
  return last !== undefined && !isJoin(last)
}

/**
 * The kernel of one input among several. No weights have been drawn before it, so that it is no value independent of the others: joins
 * refuse two of them, or functions of them, which they know by their source; one that no other has, behind joins too.
 */
export function inputLeaf(kernel: Kernel): Kernel {
  const source: { of: Kernel; by: 'other' } = { of: kernel, by: 'other' }
  const data: Kernel = { ...kernel, source }
  source.of = data
  return { ...kernel, source: { of: data, by: { a: 1, b: 1 } } }
}
