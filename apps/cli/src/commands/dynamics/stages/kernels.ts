import { kernelFn } from '@ntk/kernels-analytic'
import type { Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { requireFinite, scaleDown } from '../../../measures/finite.js'
import { conditionOf, eigenvaluesOf } from '../../../measures/spectrum.js'
import { shortNumber } from '../../../text/number.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'

/** Eigenvalues, largest first, of a tangent kernel on the training inputs. */
export interface KernelValues {
  readonly eigenvalues: readonly number[]
  /** null where the matrix is singular to working precision. */
  readonly condition: number | null
}

export interface KernelsOutput {
  readonly values: KernelValues
  readonly arrays: {
    readonly nngp_train_train: Tensor
    readonly nngp_test_train: Tensor
    readonly nngp_test_test: Tensor
    readonly ntk_train_train: Tensor
    readonly ntk_test_train: Tensor
  }
}

/** NNGP and NTK of the infinitely wide network on training and test inputs. */
export function kernelsStage(setup: Setup, data: Stage<DataOutput>): Stage<KernelsOutput> {
  const title = 'infinite-width kernels'
  return stage({
    name: 'kernels',
    title,
    needs: { data },
    async run({ data: { arrays } }, { progress, signal }) {
      const kernel = kernelFn(setup.net)
      const task = progress.task(title, 3)
      const options = (part: number) =>
        ({
          get: ['nngp', 'ntk'],
          onProgress: ({ done, total }: { done: number; total: number }) => task.update(part + done / total),
          signal,
        }) as const
      try {
        const trainTrain = await kernel(arrays.x_train, null, options(0))
        const testTrain = await kernel(arrays.x_test, arrays.x_train, options(1))
        const testTest = await kernel(arrays.x_test, null, options(2))
        for (const kernels of [trainTrain, testTrain, testTest]) {
          await requireFinite(kernels.nngp, 'The nngp at infinite width', scaleDown)
          await requireFinite(kernels.ntk, 'The ntk at infinite width', scaleDown)
        }
        const eigenvalues = eigenvaluesOf(trainTrain.ntk)
        const condition = conditionOf(eigenvalues)
        task.done(condition === null ? 'singular' : `condition ${shortNumber(condition)}`)
        return {
          values: { eigenvalues, condition },
          arrays: {
            nngp_train_train: trainTrain.nngp,
            nngp_test_train: testTrain.nngp,
            nngp_test_test: testTest.nngp,
            ntk_train_train: trainTrain.ntk,
            ntk_test_train: testTrain.ntk,
          },
        }
      } catch (error) {
        task.stop()
        throw error
      }
    },
  })
}
