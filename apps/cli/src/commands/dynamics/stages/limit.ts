import { gradientDescentMse } from '@ntk/dynamics'
import { cast, NtkError, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { accuracyOf, lossOf } from '../../../measures/numbers.js'
import { targetsOf } from '../curves.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'
import type { KernelsOutput } from './kernels.js'

/** Loss and accuracy on test images after training to the end. */
export interface LimitNumbers {
  readonly testLoss: number
  readonly testAccuracy: number
}

export interface LimitOutput {
  readonly values: { readonly network: LimitNumbers; readonly infinite: LimitNumbers }
  readonly arrays: { readonly f_test: Tensor; readonly mean_test: Tensor }
}

/**
 * Where training ends, t = Infinity: of this network by its own kernel, and the mean of infinitely wide ones. It needs the
 * inverse of the kernel.
 */
export function limitStage(
  setup: Setup,
  data: Stage<DataOutput>,
  kernels: Stage<KernelsOutput>,
  empirical: Stage<EmpiricalOutput>,
): Stage<LimitOutput> {
  const title = 'trained to the end'
  return stage({
    name: 'limit',
    title,
    needs: { data, kernels, empirical },
    async run(inputs, context) {
      const task = context.progress.task(title, 1)
      const targets = targetsOf(inputs.data)
      const y = inputs.data.arrays.y_train
      const own = inputs.empirical.arrays
      const wide = (array: Tensor): Tensor => cast(array, 'float64')
      const { diagReg } = setup.config.training
      try {
        const network = gradientDescentMse(wide(own.ntk_train_train), y, { diagReg })({
          fTrain0: wide(own.f_train),
          fTest0: wide(own.f_test),
          kTestTrain: wide(own.ntk_test_train),
        }).test
        const { ntk_train_train, ntk_test_train } = inputs.kernels.arrays
        const infinite = gradientDescentMse(ntk_train_train, y, { diagReg })({
          kTestTrain: ntk_test_train,
        }).test
        const numbers = (f: Tensor): LimitNumbers => ({
          testLoss: lossOf(f.dataSync(), targets.test),
          testAccuracy: accuracyOf(f.dataSync(), targets.test, targets.columns),
        })
        task.done()
        return {
          values: { network: numbers(network), infinite: numbers(infinite) },
          arrays: { f_test: network, mean_test: infinite },
        }
      } catch (error) {
        task.stop()
        throw asFlag(error)
      }
    },
  })
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
