import { kernelFn } from '@ntk/kernels-analytic'
import { cast, eigh, type Tensor } from '@ntk/tensor'
import { shortNumber } from '../../figures/curves.js'
import type { Stage } from '../../runs/stages.js'
import { arrayOf, packArrays } from '../arrays.js'
import type { Setup } from '../setup.js'

/** Eigenvalues of a symmetric matrix, largest first. */
export function eigenvaluesOf(matrix: Tensor): number[] {
  return Array.from(eigh(cast(matrix, 'float64')).values.dataSync()).reverse()
}

/** Largest over smallest eigenvalue; null where the smallest is not positive, as JSON knows no infinity. */
export function conditionOf(eigenvalues: readonly number[]): number | null {
  const smallest = eigenvalues.at(-1) ?? Number.NaN
  return smallest > 0 ? (eigenvalues[0] ?? Number.NaN) / smallest : null
}

/** NNGP and NTK of the infinitely wide network on training and test inputs. */
export function kernelsStage(setup: Setup): Stage {
  return {
    name: 'kernels',
    title: 'infinite-width kernels',
    async run(context) {
      const { progress, signal } = context
      const kernel = kernelFn(setup.net)
      const train = arrayOf(context, 'data', 'x_train')
      const test = arrayOf(context, 'data', 'x_test')
      const task = progress.task(this.title, 3)
      const options = (part: number) =>
        ({
          get: ['nngp', 'ntk'],
          onProgress: ({ done, total }: { done: number; total: number }) => task.update(part + done / total),
          signal,
        }) as const
      try {
        const trainTrain = await kernel(train, null, options(0))
        const testTrain = await kernel(test, train, options(1))
        const testTest = await kernel(test, null, options(2))
        const eigenvalues = eigenvaluesOf(trainTrain.ntk)
        const condition = conditionOf(eigenvalues)
        task.done(condition === null ? 'singular' : `condition ${shortNumber(condition)}`)
        return {
          values: { eigenvalues, condition },
          files: packArrays({
            nngp_train_train: trainTrain.nngp,
            nngp_test_train: testTrain.nngp,
            nngp_test_test: testTest.nngp,
            ntk_train_train: trainTrain.ntk,
            ntk_test_train: testTrain.ntk,
          }),
        }
      } catch (error) {
        task.stop()
        throw error
      }
    },
  }
}
