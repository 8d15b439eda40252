import { NtkError } from '@ntk/tensor'
import { chain, type Optimizer, type Schedule } from './optimizer.js'
import { type HeavyBallOptions, heavyBall, scale, showSchedule } from './transforms.js'

function descent(name: string, learningRate: Schedule): Optimizer {
  if (typeof learningRate === 'function') return scale((step) => -learningRate(step))
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new NtkError('option', {
      what: `${name} needs a finite learning rate > 0.`,
      got: String(learningRate),
    })
  }
  return scale(-learningRate)
}

/** θ' = θ − lr g. With mini-batches in `train` it is stochastic gradient descent; see also its other name, `sgd`. */
export function gradientDescent(learningRate: Schedule): Optimizer {
  return {
    ...descent('gradientDescent', learningRate),
    name: `gradientDescent(learning rate ${showSchedule(learningRate)})`,
  }
}

/** The same rule as `gradientDescent`. */
export const sgd: (learningRate: Schedule) => Optimizer = gradientDescent

/**
 * v' = m v − lr g, θ' = θ + v' (Lee et al. 2019, Equation S1; its continuous time is t = step · √lr);
 * with `nesterov`, θ' = θ + m v' − lr g. Under a schedule the learning rate enters the velocity as it is at that step.
 */
export function momentum(learningRate: Schedule, mass = 0.9, options: HeavyBallOptions = {}): Optimizer {
  const nesterov = options.nesterov === true ? ', nesterov' : ''
  return {
    ...chain(descent('momentum', learningRate), heavyBall(mass, options)),
    name: `momentum(learning rate ${showSchedule(learningRate)}, mass ${mass}${nesterov})`,
  }
}
