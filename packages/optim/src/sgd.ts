import { type Tree, treeMap } from '@ntk/autodiff'
import type { Tensor } from '@ntk/tensor'
import { requireList } from '@ntk/tensor/options'
import { descent } from './learning-rate.js'
import { linearCombination } from './linear-combination.js'
import {
  applyUpdates,
  chain,
  type Optimizer,
  readStep,
  type Schedule,
  type StepOptions,
} from './optimizer.js'
import { type HeavyBallOptions, heavyBall, readHeavyBall, showSchedule } from './transforms.js'

/** θ' = θ − lr g. With mini-batches in `train` it is stochastic gradient descent; see also its other name, `sgd`. */
export function gradientDescent(learningRate: Schedule): Optimizer {
  const optimizer = {
    ...descent('gradientDescent', learningRate),
    name: `gradientDescent(learning rate ${showSchedule(learningRate)})`,
  }
  if (typeof learningRate === 'function') return optimizer
  return {
    ...optimizer,
    step: (grads, state, params, options) => {
      const { donate } = readStep(options)
      const descend = (p: Tensor, g: Tensor): Tensor =>
        linearCombination([1, -learningRate], [p, g], donate ? g : null)
      return { params: treeMap(descend, params, grads), state }
    },
  }
}

/** The same rule as `gradientDescent`. */
export const sgd: (learningRate: Schedule) => Optimizer = gradientDescent

/**
 * v' = m v − lr g, θ' = θ + v' (Lee et al. 2019, Equation S1; its continuous time is t = step · √lr);
 * with `nesterov`, θ' = θ + m v' − lr g. Under a schedule the learning rate enters the velocity as it is at that step.
 */
export function momentum(learningRate: Schedule, mass = 0.9, options?: HeavyBallOptions): Optimizer {
  const { nesterov } = readHeavyBall('momentum', options)
  const links = chain(descent('momentum', learningRate), heavyBall(mass, { nesterov }))
  const optimizer = {
    ...links,
    name: `momentum(learning rate ${showSchedule(learningRate)}, mass ${mass}${nesterov ? ', nesterov' : ''})`,
  }
  if (typeof learningRate === 'function') return optimizer
  return {
    ...optimizer,
    step<P extends Tree>(grads: P, state: Tree, params: P, options?: StepOptions) {
      const { donate } = readStep(options)
      requireList(state, 'The state of momentum')
      // The state of the chain: none of the scale, and the velocity.
      const [none, old] = state as readonly [Tree, P]
      const push = (v: Tensor, g: Tensor): Tensor =>
        linearCombination([mass, -learningRate], [v, g], donate && !nesterov ? g : null)
      const velocity = treeMap(push, old, grads)
      const next = nesterov
        ? treeMap(
            (p: Tensor, v: Tensor, g: Tensor) => linearCombination([1, mass, -learningRate], [p, v, g]),
            params,
            velocity,
            grads,
          )
        : applyUpdates(params, velocity)
      return { params: next, state: [none, velocity] }
    },
  }
}
