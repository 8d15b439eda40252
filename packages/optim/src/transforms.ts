/** Links for `chain`: each is an optimizer that leaves out the learning rate's sign and size, or is nothing but it. */
import { type Tree, treeMap } from '@ntk/autodiff'
import { mul, NtkError, type Tensor, zerosLike } from '@ntk/tensor'
import { boolean, type RulesFor, readOptions, requireFunction, show } from '@ntk/tensor/options'
import { count, readCount } from './count.js'
import { linearCombination } from './linear-combination.js'
import type { Optimizer, Schedule } from './optimizer.js'
import { requireNumber } from './require-number.js'

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
      linear: true,
      init: () => null,
      update: (grads, state) => ({ updates: times(grads, factor), state }),
    }
  }
  requireFunction(factor, 'The factor of scale')
  return {
    name: 'scale(by schedule)',
    elementwise: true,
    linear: true,
    init: () => count(0),
    update(grads, state) {
      const step = readCount(state, 'scale')
      const now = factor(step)
      if (!Number.isFinite(now)) {
        throw new NtkError('value', {
          what: `A schedule must give a finite number; step ${step} got none.`,
          got: show(now),
        })
      }
      return { updates: times(grads, now), state: count(step + 1) }
    },
  }
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
    linear: true,
    init: (params) => treeMap((p: Tensor) => zerosLike(p), params),
    update<P extends Tree>(grads: P, state: Tree) {
      const push = (v: Tensor, g: Tensor): Tensor => linearCombination([mass, 1], [v, g])
      const velocity = treeMap(push, state as P, grads)
      return { updates: nesterov ? treeMap(push, velocity, grads) : velocity, state: velocity }
    },
  }
}

/**
 * Adds decay · θ to the gradient: the gradient of the penalty ½ decay ‖θ‖². With `decayFrom`, decay · (θ − θ0): of a
 * linearization the weights are u = θ − θ0. Before `scaleByAdam` and its like it is a penalty, after them decay of its own (AdamW).
 */
export function weightDecay(decay: number): Optimizer {
  requireNumber('weightDecay needs a decay', decay, (d) => d >= 0, '>= 0')
  return {
    name: `weightDecay(${decay})`,
    elementwise: true,
    linear: true,
    decays: true,
    init: () => null,
    update<P extends Tree>(grads: P, state: Tree, params: P, decayFrom?: P) {
      const toZero = (g: Tensor, p: Tensor): Tensor => linearCombination([1, decay], [g, p])
      const toOrigin = (g: Tensor, p: Tensor, p0: Tensor): Tensor =>
        linearCombination([1, decay, -decay], [g, p, p0])
      const updates =
        decayFrom === undefined ? treeMap(toZero, grads, params) : treeMap(toOrigin, grads, params, decayFrom)
      return { updates, state }
    },
  }
}
