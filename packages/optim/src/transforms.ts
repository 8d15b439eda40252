/** Links for `chain`: each is an optimizer that leaves out the learning rate's sign and size, or is nothing but it. */
import { type Tree, treeLeaves, treeMap } from '@ntk/autodiff'
import {
  add,
  cpuBackend,
  div,
  maximum,
  mul,
  NtkError,
  sqrt,
  square,
  sum,
  type Tensor,
  tensorFromData,
  zerosLike,
} from '@ntk/tensor'
import {
  boolean,
  type RulesFor,
  readOptions,
  requireFunction,
  requireTensor,
  show,
} from '@ntk/tensor/options'
import { linearCombination } from './linear-combination.js'
import type { Optimizer, Schedule } from './optimizer.js'

/** Throws NtkError 'option' unless a number of an optimizer is finite and in range. */
function requireNumber(what: string, value: number, isIn: (v: number) => boolean, range: string): void {
  if (Number.isFinite(value) && isIn(value)) return
  throw new NtkError('option', { what: `${what} ${range}.`, got: show(value) })
}

export function showSchedule(schedule: Schedule): string {
  return typeof schedule === 'number' ? String(schedule) : 'by schedule'
}

/** Every gradient times a factor. A function is asked with the count of updates made so far. */
export function scale(factor: Schedule): Optimizer {
  if (typeof factor === 'number') {
    requireNumber('scale needs a factor', factor, () => true, 'that is finite')
    return {
      name: `scale(${factor})`,
      elementwise: true,
      init: () => null,
      update: (grads, state) => ({ updates: times(grads, factor), state }),
    }
  }
  requireFunction(factor, 'The factor of scale')
  return {
    name: 'scale(by schedule)',
    elementwise: true,
    // The count lives on the host: a schedule is a function of plain numbers.
    init: () => count(0),
    update(grads, state) {
      requireTensor(state, 'The state of scale')
      const step = state.item()
      return { updates: times(grads, factor(step)), state: count(step + 1) }
    },
  }
}

function count(n: number): Tensor {
  return tensorFromData(Int32Array.of(n), [], cpuBackend())
}

function times<P extends Tree>(tree: P, factor: number): P {
  return treeMap((g: Tensor) => mul(g, factor), tree)
}

export interface HeavyBallOptions {
  /** Look ahead: the update is m v' + g in place of v' (Sutskever et al. 2013). */
  readonly nesterov?: boolean | undefined
}

const heavyBallRules = { nesterov: boolean(false) } satisfies RulesFor<HeavyBallOptions>

export function readHeavyBall(owner: string, options: HeavyBallOptions | undefined): { nesterov: boolean } {
  return readOptions(owner, heavyBallRules, options)
}

/** A velocity v' = mass · v + g, which becomes the update (Polyak's heavy ball). The state is v, zero at first. */
export function heavyBall(mass: number, options?: HeavyBallOptions): Optimizer {
  const { nesterov } = readHeavyBall('heavyBall', options)
  requireNumber('heavyBall needs a mass', mass, (m) => m >= 0 && m < 1, 'in [0, 1)')
  return {
    name: `heavyBall(${mass}${nesterov ? ', nesterov' : ''})`,
    elementwise: true,
    init: (params) => treeMap((p: Tensor) => zerosLike(p), params),
    update<P extends Tree>(grads: P, state: Tree) {
      const push = (v: Tensor, g: Tensor): Tensor => linearCombination([mass, 1], [v, g])
      const velocity = treeMap(push, state as P, grads)
      return { updates: nesterov ? treeMap(push, velocity, grads) : velocity, state: velocity }
    },
  }
}

/** Adds decay · θ to the gradient: the gradient of the penalty ½ decay ‖θ‖². */
export function weightDecay(decay: number): Optimizer {
  requireNumber('weightDecay needs a decay', decay, (d) => d >= 0, '>= 0')
  return {
    name: `weightDecay(${decay})`,
    elementwise: true,
    init: () => null,
    update: <P extends Tree>(grads: P, state: Tree, params: P) => ({
      updates: treeMap((g: Tensor, p: Tensor) => linearCombination([1, decay], [g, p]), grads, params),
      state,
    }),
  }
}

/** Gradients shrunk together where their common 2-norm exceeds `limit`. */
export function clipByGlobalNorm(limit: number): Optimizer {
  requireNumber('clipByGlobalNorm needs a limit', limit, (l) => l > 0, '> 0')
  return {
    name: `clipByGlobalNorm(${limit})`,
    init: () => null,
    update<P extends Tree>(grads: P, state: Tree) {
      const squares = treeLeaves(grads).map((g) => sum(square(g as Tensor)))
      if (squares.length === 0) return { updates: grads, state }
      const norm = sqrt(squares.reduce((a, b) => add(a, b)))
      // limit / max(norm, limit): 1 below the limit, and never a division by zero.
      const factor = div(limit, maximum(norm, limit))
      return { updates: treeMap((g: Tensor) => mul(g, factor), grads), state }
    },
  }
}
