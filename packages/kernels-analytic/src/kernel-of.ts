import { NtkError, type Value } from '@ntk/tensor'
import { boolean, optional, type Rule, type RulesFor, readOptions, rule } from '@ntk/tensor/options'
import { evaluateTree, inputLeaf } from './evaluate/tree.js'
import { type At, askedNames, atRule, type ResultAt, requireNames, untilNames } from './fn/at.js'
import { inputKernel } from './fn/input-kernel.js'
import { maskConstantRule } from './fn/masked-input.js'
import { patternsOf } from './fn/patterns.js'
import { standardInputs, standardTrees } from './fn/standard-inputs.js'
import type { Kernel, Patterns } from './kernel.js'
import type { Num } from './numbers.js'
import { chains, checkTree, evaluatePlainly, layoutAtEnd, layoutBefore } from './steps/chain.js'
import type { HyperparameterTree } from './steps/hyperparameters.js'
import { type AxesLayout, fromStandard } from './steps/layout.js'
import { fullName } from './steps/names.js'
import { stepsOf } from './steps/net.js'
import type { Flow, Seen } from './steps/rule.js'
import type { KernelNet, KernelStep, OneNet, TreeNet } from './steps/step.js'
import { needsTree } from './steps/through-tree.js'
import { isBranches, mapTree, type Tree, zipTrees } from './tree.js'

export interface KernelOfOptions<A extends At = undefined> {
  /**
   * Layers with names (`named` of @ntk/stax, `namesOf(net)`) whose kernels are given in place of the network's: a name gives one, a list a
   * record by name.
   */
  readonly at?: A
  /** Numbers or scalar values in place of the network's own, as `hyperparameters(net)` lays them out. */
  readonly hyperparameters?: HyperparameterTree<Num> | undefined
  /** Whether the NTK is wanted, true unless given. */
  readonly ntk?: boolean | undefined
  /**
   * Entries of x1 and x2 that equal this number, which may be NaN, are padding (sequences of unequal lengths, holes): they count as
   * 0, and so do covariances with positions of which all channels are padding, after every layer.
   */
  readonly maskConstant?: number | undefined
  /** Graphs of x1 and x2, for the layer `Aggregate`: see there. Of x1 with itself pattern1 is that of both sides. */
  readonly pattern1?: Value | null | undefined
  readonly pattern2?: Value | null | undefined
}

const aPattern = (): Rule<Value | null> =>
  rule<Value | null>(
    'a tensor or null',
    (v) => v === null || (typeof v === 'object' && 'shape' in v && 'dtype' in v),
    null,
  )

const rules = {
  at: atRule(),
  hyperparameters: optional(
    rule<HyperparameterTree<Num>>('a tree as hyperparameters(net) gives it', Array.isArray),
  ),
  ntk: boolean(true),
  maskConstant: maskConstantRule(),
  pattern1: aPattern(),
  pattern2: aPattern(),
} satisfies RulesFor<KernelOfOptions<At>>

/**
 * The kernel of a network of infinite width, as one pure function in plain ops, in one piece: differentiable in the inputs and
 * in every hyperparameter, for small jobs, and to hold the faster `kernelFn` against.
 *
 * Of a network with several inputs x1 and x2 are trees of such, [xa, [xb, xc]], and of one with several values it gives a tree of kernels.
 *
 * x1 [n1, features] or [n1, spatial..., channels], or with the axes that the network's first layers ask for; x2 likewise, or null for
 * x1 with itself. Values may be tracers. Gives the
 * Kernel record: `nngp` and `ntk` [n1, n2] (with spatial axes where the network ends in space), the diagonal terms, and what is
 * known of them; with `at` those behind layers with names.
 *
 * Throws NtkError 'shape', 'requirement' where a layer gets a kernel that it cannot handle, 'unsupported' at a layer without
 * one, 'tree' on hyperparameters that do not fit.
 */
export function kernelOf<const A extends At = undefined>(
  net: OneNet,
  x1: Value,
  x2?: Value | null,
  options?: KernelOfOptions<A>,
): ResultAt<A, Kernel>
export function kernelOf<const A extends string | readonly string[]>(
  net: TreeNet,
  x1: Tree<Value>,
  x2: Tree<Value> | null,
  options: KernelOfOptions<A> & { readonly at: A },
): ResultAt<A, Kernel>
export function kernelOf(
  net: TreeNet,
  x1: Tree<Value>,
  x2?: Tree<Value> | null,
  options?: KernelOfOptions,
): Tree<Kernel>
export function kernelOf<const A extends At = undefined>(
  net: KernelNet,
  x1: Value,
  x2?: Value | null,
  options?: KernelOfOptions<A>,
): ResultAt<A, Kernel>
export function kernelOf(
  net: KernelNet,
  x1: Tree<Value>,
  x2: Tree<Value> | null = null,
  options?: KernelOfOptions<At>,
): Tree<Kernel> | { readonly [name: string]: Kernel } {
  const { at, hyperparameters, ntk, ...data } = readOptions('kernelOf', rules, options)
  const { maskConstant, pattern1, pattern2 } = data
  const own = stepsOf(net)
  const patterns = patternsOf({ pattern1, pattern2 }, x2 === null)
  const asked = askedNames(at)
  if (asked !== null) requireNames('kernelOf', own, asked)
  const isTree = isBranches<Value>(x1) || (x2 !== null && isBranches<Value>(x2)) || needsTree(own)
  if (isTree) {
    const named = new Map<string, Kernel>()
    const tree = kernelOfTree(own, x1, x2, { ntk, maskConstant, patterns, hyperparameters }, asked, named)
    return asked === null ? tree : pick(named, at)
  }
  const { steps, x1: y1, x2: y2, output } = standardInputs(own, x1, x2)
  const diagonalSpatial = layoutBefore(steps, layoutAtEnd(steps)) === 'diagonal'
  const input = inputKernel(y1, y2, { diagonalSpatial, ntk, maskConstant })
  const start = { ...input, patterns }
  if (asked !== null) return pick(kernelsAt(steps, start, asked, hyperparameters), at)
  const kernel = onlyKernel(evaluatePlainly(steps, [start], hyperparameters))
  return output === null ? kernel : inLayout(kernel, output)
}

interface TreeData extends Required<Pick<KernelOfOptions, 'ntk' | 'maskConstant' | 'hyperparameters'>> {
  readonly patterns: Patterns | undefined
}

/** What comes out of the steps, up to the last name that is asked for; kernels behind names go into `named`. */
function kernelOfTree(
  own: readonly KernelStep[],
  x1: Tree<Value>,
  x2: Tree<Value> | null,
  { hyperparameters, patterns, ...data }: TreeData,
  asked: readonly string[] | null,
  named: Map<string, Kernel>,
): Tree<Kernel> {
  const { steps: all, x1: y1, x2: y2, outputs } = standardTrees(own, x1, x2)
  const diagonalSpatial = layoutBefore(all, layoutAtEnd(all)) === 'diagonal'
  const start = mapTree(zipTrees('A kernel', y1, y2 ?? y1), ({ a, b }) => {
    const kernel = { ...inputKernel(a, y2 === null ? null : b, { ...data, diagonalSpatial }), patterns }
    return isBranches<Value>(x1) ? inputLeaf(kernel) : kernel
  })
  checkTree(all, hyperparameters)
  const steps = asked === null ? all : untilNames(all, asked).steps
  const seen = seeing(named)
  const along = (
    piece: readonly KernelStep[],
    kernel: Kernel,
    values: HyperparameterTree<Num> | undefined,
  ): Kernel => evaluatePlainly(piece, [kernel], values, seen)[0] as Kernel
  const end = evaluateTree(steps, start, along, chains, hyperparameters?.slice(0, steps.length))
  if (asked !== null || outputs === null) return end
  return mapTree(zipTrees('A kernel', end, outputs), ({ a, b }) => inLayout(a, b))
}

/** Keeps the kernels behind layers with names. */
const seeing =
  (named: Map<string, Kernel>): Seen =>
  (step, kernel) =>
    named.set(fullName(step), step.layout === undefined ? kernel : inLayout(kernel, step.layout))

/** What `at` asks for of the kernels behind names. */
function pick(named: ReadonlyMap<string, Kernel>, at: At): Kernel | { readonly [name: string]: Kernel } {
  if (typeof at === 'string') return named.get(at) as Kernel
  return Object.fromEntries((at ?? []).map((name) => [name, named.get(name) as Kernel]))
}

/** The kernels behind layers with names. Steps behind the last of them are not evaluated. */
function kernelsAt(
  steps: readonly KernelStep[],
  start: Kernel,
  asked: readonly string[],
  hyperparameters: HyperparameterTree<Num> | undefined,
): ReadonlyMap<string, Kernel> {
  checkTree(steps, hyperparameters)
  const { steps: until } = untilNames(steps, asked)
  const named = new Map<string, Kernel>()
  evaluatePlainly(until, [start], hyperparameters?.slice(0, until.length), seeing(named))
  return named
}

/** A kernel that says how the finite network's values stand. */
function inLayout(kernel: Kernel, layout: AxesLayout): Kernel {
  return {
    ...kernel,
    shape1: fromStandard(kernel.shape1, layout),
    shape2: fromStandard(kernel.shape2, layout),
    batchAxis: layout.batch,
    channelAxis: layout.channel,
  }
}

/** The kernel of a network's end. Throws NtkError 'requirement' where it gives several values. */
export function onlyKernel(flow: Flow): Kernel {
  const [kernel, ...more] = flow
  if (kernel !== undefined && more.length === 0) return kernel
  throw new NtkError('requirement', {
    what: 'A kernel belongs to a network that gives one value.',
    got: `${flow.length} values`,
    fix: 'Bring the branches together with FanInSum.',
  })
}
