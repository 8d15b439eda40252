import { NtkError } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'
import type { Optimizer, Schedule } from './optimizer.js'
import { scale } from './transforms.js'

/** Every gradient times −lr: the link that makes updates of directions. `owner` is the optimizer, as messages name it. */
export function descent(owner: string, learningRate: Schedule): Optimizer {
  if (typeof learningRate === 'function') return scale((step) => -learningRate(step))
  if (!Number.isFinite(learningRate) || learningRate <= 0) {
    throw new NtkError('option', {
      what: `${owner} needs a finite learning rate > 0, or a function of the step.`,
      got: show(learningRate),
      fix: `Write ${owner}(0.1).`,
    })
  }
  return scale(-learningRate)
}
