import type { Tree } from '@ntk/autodiff'
import { NtkError } from '@ntk/tensor'
import { isRecord, type Rule, rule } from '@ntk/tensor/options'

/**
 * An optimizer of @ntk/optim whose updates are sums of past gradients and of weights, each times a number of its step: `gradientDescent`,
 * `momentum` with and without `nesterov`, and chains of `scale`, `heavyBall` and `weightDecay`, with any schedule.
 */
export interface LinearOptimizer {
  /** What it is, for messages. */
  readonly name: string
  /** Must be true: of Adam and its like no recursion of outputs is known. */
  readonly linear?: boolean | undefined
  init(params: Tree): Tree
  update<P extends Tree>(grads: P, state: Tree, params: P): { readonly updates: P; readonly state: Tree }
}

export const linearOptimizerRule = (): Rule<LinearOptimizer> => ({
  ...rule<LinearOptimizer>(
    'an optimizer',
    (v) => isRecord(v) && typeof v.init === 'function' && typeof v.update === 'function',
  ),
  hint: () => 'Make one of @ntk/optim, such as gradientDescent(0.1) or momentum(0.1, 0.9).',
})

/** Throws NtkError 'unsupported' unless steps by the optimizer are steps of the outputs. */
export function requireLinear(optimizer: LinearOptimizer, owner: string): void {
  if (optimizer.linear === true) return
  throw new NtkError('unsupported', {
    what: `${owner} needs an optimizer that is linear in gradients: only then do outputs follow from outputs, without the weights.`,
    got: optimizer.name,
    fix: "Use gradientDescent, momentum, or a chain of scale, heavyBall and weightDecay; rates by layer (scaleByPath) go into the kernel, by kernelOfRates; for others train the network's linearizedModel.",
  })
}
