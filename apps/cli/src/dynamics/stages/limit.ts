import { gradientDescentMse } from '@ntk/dynamics'
import { cast, NtkError, type Tensor } from '@ntk/tensor'
import type { Stage } from '../../runs/stages.js'
import { arrayOf, packArrays } from '../arrays.js'
import { targetsOf } from '../curves.js'
import { accuracyOf, lossOf } from '../numbers.js'
import type { Setup } from '../setup.js'

/** Loss and accuracy on test images after training to the end. */
export interface LimitNumbers {
  readonly testLoss: number
  readonly testAccuracy: number
}

/**
 * Where training ends, t = Infinity: of this network by its own kernel, and the mean of infinitely wide ones. It needs the
 * inverse of the kernel.
 */
export function limitStage(setup: Setup): Stage {
  return {
    name: 'limit',
    title: 'trained to the end',
    async run(context) {
      const task = context.progress.task(this.title, 1)
      const targets = targetsOf(context)
      const y = arrayOf(context, 'data', 'y_train')
      const own = (name: string): Tensor => cast(arrayOf(context, 'empirical', name), 'float64')
      const { diagReg } = setup.config.training
      try {
        const network = gradientDescentMse(own('ntk_train_train'), y, { diagReg })({
          fTrain0: own('f_train'),
          fTest0: own('f_test'),
          kTestTrain: own('ntk_test_train'),
        }).test
        const infinite = gradientDescentMse(arrayOf(context, 'kernels', 'ntk_train_train'), y, { diagReg })({
          kTestTrain: arrayOf(context, 'kernels', 'ntk_test_train'),
        }).test
        const numbers = (f: Tensor): { testLoss: number; testAccuracy: number } => ({
          testLoss: lossOf(f.dataSync(), targets.test),
          testAccuracy: accuracyOf(f.dataSync(), targets.test, targets.columns),
        })
        task.done()
        return {
          values: { network: numbers(network), infinite: numbers(infinite) },
          files: packArrays({ f_test: network, mean_test: infinite }),
        }
      } catch (error) {
        task.stop()
        throw asFlag(error)
      }
    },
  }
}

/** The way out of a singular kernel, as this command offers it. */
function asFlag(error: unknown): unknown {
  if (!NtkError.isInstance(error) || (error.code !== 'singular' && error.code !== 'not-positive-definite'))
    return error
  return new NtkError('singular', {
    what: error.what,
    got: error.got,
    fix: 'Add --diag-reg 1e-6, take out repeated images, or leave --limit out.',
    cause: error,
  })
}
