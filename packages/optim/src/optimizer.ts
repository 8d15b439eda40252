import { type Tree, treeMap } from '@ntk/autodiff'
import { add, NtkError, sameShape, showShape, type Tensor } from '@ntk/tensor'
import { boolean, isRecord, type RulesFor, readOptions, requireList, show } from '@ntk/tensor/options'

/** A number, or a function of the count of updates already made. */
export type Schedule = number | ((step: number) => number)

/**
 * A pure rule from gradients to updates: `params + updates` are the next parameters. `update` changes nothing in
 * place, so old parameters and states stay valid. The state is a tree of tensors (null where there is none): save it
 * with the parameters, and training goes on as if it had never stopped.
 */
export interface Optimizer {
  /** What it is, with its numbers, for messages: 'momentum(learning rate 0.1, mass 0.9)'. */
  readonly name: string
  /**
   * Whether each number is updated by its own gradient and state alone, so that networks stacked in one tree are updated
   * as each would be by itself. A clip by the norm of all gradients does otherwise.
   */
  readonly elementwise?: boolean | undefined
  /** Whether it draws weights to a point, zero or `decayFrom`: of `weightDecay` and chains of it. */
  readonly decays?: boolean | undefined
  /**
   * Whether updates are sums of past gradients and of weights, each times a number of its step, one for all weights: then steps of a model that is linear in its
   * parameters are steps of its outputs (`gradientDescentSteps` of @ntk/dynamics). Of Adam and of clipped gradients they are not.
   */
  readonly linear?: boolean | undefined
  init(params: Tree): Tree
  /** `grads` and `updates` are trees like `params`, and so is `decayFrom`, where weights decay to in place of zero. */
  update<P extends Tree>(
    grads: P,
    state: Tree,
    params: P,
    decayFrom?: P,
  ): { readonly updates: P; readonly state: Tree }
  /**
   * `update` and `applyUpdates` in one, for optimizers that can spare a pass over the parameters by it. Gives the same
   * up to rounding; `train` takes it where it is there.
   */
  step?<P extends Tree>(
    grads: P,
    state: Tree,
    params: P,
    options?: StepOptions,
  ): { readonly params: P; readonly state: Tree }
}

export interface StepOptions {
  /**
   * Gives the gradients away: those whose memory is theirs alone (`claimMemory`) may be written over, and using one of
   * them, or a reshape of one, afterwards throws NtkError 'donated'.
   */
  readonly donate?: boolean
}

const stepRules = { donate: boolean(false) } satisfies RulesFor<StepOptions>

/** The options of `step`. */
export function readStep(options: StepOptions | undefined): Required<StepOptions> {
  return readOptions('step', stepRules, options)
}

export function isOptimizer(value: unknown): value is Optimizer {
  return isRecord(value) && typeof value.init === 'function' && typeof value.update === 'function'
}

/** params + updates, leaf by leaf. */
export function applyUpdates<P extends Tree>(params: P, updates: P): P {
  return treeMap(
    (p: Tensor, u: Tensor) => {
      if (sameShape(p.shape, u.shape)) return add(p, u)
      throw new NtkError('shape', {
        what: 'Updates must have the shapes of the parameters that they are added to.',
        got: `${showShape(u.shape)} for ${showShape(p.shape)}`,
      })
    },
    params,
    updates,
  )
}

/** One rule after another: the updates of each are the gradients of the next. The state is the list of their states. */
export function chain(...links: readonly Optimizer[]): Optimizer {
  for (const link of links) {
    if (isOptimizer(link)) continue
    throw new NtkError('value', { what: 'chain needs optimizers.', got: show(link) })
  }
  return {
    name: `chain(${links.map((link) => link.name).join(', ')})`,
    elementwise: links.every((link) => link.elementwise === true),
    decays: links.some((link) => link.decays === true),
    linear: links.every((link) => link.linear === true),
    init: (params) => links.map((link) => link.init(params)),
    update(grads, state, params, decayFrom) {
      requireList(state, 'The state of chain')
      const before = state as readonly Tree[]
      if (before.length !== links.length) {
        throw new NtkError('value', {
          what: `The state of a chain of ${links.length} is a list of as many states.`,
          got: `a list of ${before.length}`,
          fix: 'Give the state that its init or its last update gave.',
        })
      }
      let updates = grads
      const states = links.map((link, i) => {
        const next = link.update(updates, before[i] as Tree, params, decayFrom)
        updates = next.updates
        return next.state
      })
      return { updates, state: states }
    },
  }
}
