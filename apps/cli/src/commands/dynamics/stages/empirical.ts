import type { Tensor } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { conditionOf, eigenvaluesOf } from '../../../measures/spectrum.js'
import type { Setup } from '../setup.js'
import { largestRate, overOutputs, rateWarning, startOf } from '../start.js'
import type { DataOutput } from './data.js'
import type { KernelValues } from './kernels.js'

export interface EmpiricalOutput {
  readonly values: KernelValues & { readonly maxLearningRate: number; readonly learningRate: number }
  readonly arrays: {
    readonly f_train: Tensor
    readonly f_test: Tensor
    readonly ntk_train_train: Tensor
    readonly ntk_test_train: Tensor
  }
}

/** The learning rate of the run: as given, or half of the largest stable one. A larger one gets a warning. */
function chooseRate(setup: Setup, largest: number, context: StageContext): number {
  const wanted = setup.config.training.learningRate
  if (wanted === 'auto') return largest / 2
  const warning = rateWarning(setup, wanted, largest)
  if (warning !== null) context.progress.warn(warning)
  return wanted
}

/** Outputs and empirical NTK at the start, and the learning rate that follows from it. */
export function empiricalStage(setup: Setup, data: Stage<DataOutput>): Stage<EmpiricalOutput> {
  const title = 'kernel of the network'
  return stage({
    name: 'empirical',
    title,
    needs: { data },
    async run({ data: read }, context) {
      const task = context.progress.task(title, 1)
      const start = await startOf(setup, setup.net, read, {
        signal: context.signal,
        onPart: (share) => task.update(share),
      }).catch((error: unknown) => {
        task.stop()
        throw error
      })
      task.done()
      const largest = largestRate(setup, start, read)
      const eigenvalues = eigenvaluesOf(overOutputs(start.trainTrain))
      return {
        values: {
          maxLearningRate: largest,
          learningRate: chooseRate(setup, largest, context),
          eigenvalues,
          condition: conditionOf(eigenvalues),
        },
        arrays: {
          f_train: start.fTrain,
          f_test: start.fTest,
          ntk_train_train: start.trainTrain,
          ntk_test_train: start.testTrain,
        },
      }
    },
  })
}
