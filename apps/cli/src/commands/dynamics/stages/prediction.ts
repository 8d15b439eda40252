import { gradientDescentMse } from '@ntk/dynamics'
import { cast, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { rowsOf } from '../../../measures/rows.js'
import { type Curve, type CurveOutput, curveOutput, recordCurve } from '../curves.js'
import type { Setup } from '../setup.js'
import type { Start } from '../start.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'

/** Steps of gradient descent itself, (I − ηΘ)^t, rather than the flow that it approximates. */
export function predictionOptions(
  setup: Setup,
  rate: number,
): {
  learningRate: number
  dynamics: 'steps'
  momentum: number
} {
  return { learningRate: rate, dynamics: 'steps', momentum: setup.config.training.momentum }
}

/** Outputs at the given steps, from a kernel [n, n, k, k] of the network at its start. */
export function predictFrom(
  setup: Setup,
  { arrays }: DataOutput,
  start: Pick<Start, 'fTrain' | 'fTest' | 'trainTrain' | 'testTrain'>,
  rate: number,
  steps: readonly number[],
): Curve {
  const wide = (x: Tensor): Tensor => cast(x, 'float64')
  const predict = gradientDescentMse(wide(start.trainTrain), arrays.y_train, predictionOptions(setup, rate))
  const { train, test } = predict({
    t: steps,
    fTrain0: wide(start.fTrain),
    fTest0: wide(start.fTest),
    kTestTrain: wide(start.testTrain),
  })
  return { train: rowsOf(train), test: rowsOf(test) }
}

/** The closed form with the network's own kernel (Lee et al. 2019, Equations 8 and 9). */
export function closedFormStage(
  setup: Setup,
  data: Stage<DataOutput>,
  empirical: Stage<EmpiricalOutput>,
): Stage<CurveOutput> {
  const title = 'closed form of the network'
  return stage({
    name: 'closed-form',
    title,
    needs: { data, empirical },
    async run(inputs, context) {
      const task = context.progress.task(title, 1)
      const { arrays, values } = inputs.empirical
      const start = {
        fTrain: arrays.f_train,
        fTest: arrays.f_test,
        trainTrain: arrays.ntk_train_train,
        testTrain: arrays.ntk_test_train,
      }
      const curve = predictFrom(setup, inputs.data, start, values.learningRate, setup.steps)
      task.done()
      const output = curveOutput(setup, inputs.data, curve)
      recordCurve(context, 'closedForm', setup.width, values.learningRate, output.values.curve)
      return output
    },
  })
}
