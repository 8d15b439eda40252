import { type EnsembleTest, gradientDescentMse, gradientDescentMseEnsemble } from '@ntk/dynamics'
import { cast, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../../experiment/stage.js'
import { turn } from '../../../frame/turn.js'
import { rowsOf, stackRows } from '../../../measures/rows.js'
import { type Curve, type CurveOutput, curveOutput, recordCurve, targetsOf } from '../curves.js'
import type { Setup } from '../setup.js'
import type { Start } from '../start.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'
import type { KernelsOutput } from './kernels.js'

/** Steps of gradient descent itself, (I − ηΘ)^t, rather than the flow that it approximates. */
function predictionOptions(
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

/** As every curve, with the standard deviation over networks of each test image [evaluations, m]. */
export interface InfiniteOutput extends CurveOutput {
  readonly arrays: CurveOutput['arrays'] & { readonly sigma_test: Tensor }
}

/** Means and standard deviations of one set at every evaluated step. */
interface Gaussian {
  readonly means: Float64Array[]
  readonly sigmas: Float64Array[]
}

/**
 * Mean and standard deviation of infinitely wide networks through training, on both sets (Lee et al. 2019, Equations
 * 14 and 15). Its loss is the expected one: that of the mean and half of the mean variance.
 */
export function infiniteStage(
  setup: Setup,
  data: Stage<DataOutput>,
  kernels: Stage<KernelsOutput>,
  empirical: Stage<EmpiricalOutput>,
): Stage<InfiniteOutput> {
  const title = 'closed form at infinite width'
  return stage({
    name: 'infinite',
    title,
    needs: { data, kernels, empirical },
    async run(inputs, context) {
      const task = context.progress.task(title, 2 * setup.steps.length)
      const kernel = inputs.kernels.arrays
      const rate = inputs.empirical.values.learningRate
      const test: EnsembleTest = {
        kTestTrain: { nngp: kernel.nngp_test_train, ntk: kernel.ntk_test_train },
        nngpTestTest: kernel.nngp_test_test,
      }
      const predict = gradientDescentMseEnsemble(
        { nngp: kernel.nngp_train_train, ntk: kernel.ntk_train_train },
        inputs.data.arrays.y_train,
        predictionOptions(setup, rate),
      )
      let done = 0
      const through = async (points?: EnsembleTest): Promise<Gaussian> => {
        const found: Gaussian = { means: [], sigmas: [] }
        for (const step of setup.steps) {
          await turn(context.signal)
          const { mean, covariance } = predict({
            get: 'ntk',
            t: step,
            ...(points === undefined ? {} : { test: points }),
          })
          found.means.push(Float64Array.from(mean.dataSync()))
          found.sigmas.push(deviations(covariance))
          task.update(++done)
        }
        return found
      }
      try {
        const onTrain = await through()
        const onTest = await through(test)
        task.done()
        const targets = targetsOf(inputs.data)
        const output = curveOutput(setup, inputs.data, {
          train: onTrain.means,
          test: onTest.means,
          extraLoss: { train: halfVariance(onTrain), test: halfVariance(onTest) },
        })
        recordCurve(context, 'infinite', null, rate, output.values.curve)
        const sigma_test = stackRows(onTest.sigmas, [targets.test.length / targets.columns])
        return { ...output, arrays: { ...output.arrays, sigma_test } }
      } catch (error) {
        task.stop()
        throw error
      }
    },
  })
}

/** Square roots of the diagonal; what rounding made negative counts as 0. */
function deviations(covariance: Tensor): Float64Array {
  const data = covariance.dataSync()
  const n = covariance.shape[0] ?? 0
  return Float64Array.from({ length: n }, (_, i) => Math.sqrt(Math.max(0, data[i * n + i] ?? 0)))
}

function halfVariance({ sigmas }: Gaussian): number[] {
  return sigmas.map((row) => row.reduce((sum, sigma) => sum + sigma ** 2, 0) / (2 * row.length))
}
