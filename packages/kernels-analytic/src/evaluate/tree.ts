import type { Kernel } from '../kernel.js'
import type { Num } from '../numbers.js'
import { type chains, evaluateStep } from '../steps/chain.js'
import type { HyperparameterTree } from '../steps/hyperparameters.js'
import type { KernelStep } from '../steps/step.js'
import { throughTree } from '../steps/through-tree.js'
import type { Tree } from '../tree.js'

type Steps = readonly KernelStep[]
type Values = HyperparameterTree<Num> | undefined

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
