import { type EnsembleTest, gradientDescentMse, gradientDescentMseEnsemble } from '@ntk/dynamics'
import { cast, type Tensor } from '@ntk/tensor'
import type { Stage, StageContext } from '../../runs/stages.js'
import { arrayOf, stackRows, valueOf } from '../arrays.js'
import { breathe } from '../breathe.js'
import { type Curve, predictedResult, targetsOf } from '../curves.js'
import type { Setup } from '../setup.js'
import type { Start } from './empirical.js'

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
  context: StageContext,
  start: Pick<Start, 'fTrain' | 'fTest' | 'trainTrain' | 'testTrain'>,
  steps: readonly number[],
): Curve {
  const wide = (x: Tensor): Tensor => cast(x, 'float64')
  const rate = valueOf(context, 'empirical', 'learningRate')
  const predict = gradientDescentMse(
    wide(start.trainTrain),
    arrayOf(context, 'data', 'y_train'),
    predictionOptions(setup, rate),
  )
  const { train, test } = predict({
    t: steps,
    fTrain0: wide(start.fTrain),
    fTest0: wide(start.fTest),
    kTestTrain: wide(start.testTrain),
  })
  return { train: rowsOf(train), test: rowsOf(test) }
}

/** [t, ...] as one array a time. */
function rowsOf(x: Tensor): Float64Array[] {
  const data = x.dataSync() as Float64Array
  const rows = x.shape[0] ?? 0
  const size = data.length / rows
  return Array.from({ length: rows }, (_, i) => data.subarray(i * size, (i + 1) * size))
}

/** The closed form with the network's own kernel (Lee et al. 2019, Equations 8 and 9). */
export function closedFormStage(setup: Setup): Stage {
  return {
    name: 'closed-form',
    title: 'closed form of the network',
    async run(context) {
      const task = context.progress.task(this.title, 1)
      const array = (name: string): Tensor => arrayOf(context, 'empirical', name)
      const start = {
        fTrain: array('f_train'),
        fTest: array('f_test'),
        trainTrain: array('ntk_train_train'),
        testTrain: array('ntk_test_train'),
      }
      const curve = predictFrom(setup, context, start, setup.steps)
      task.done()
      return predictedResult(setup, context, 'closedForm', curve)
    },
  }
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
export function infiniteStage(setup: Setup): Stage {
  return {
    name: 'infinite',
    title: 'closed form at infinite width',
    async run(context) {
      const task = context.progress.task(this.title, 2 * setup.steps.length)
      const kernel = (name: string): Tensor => arrayOf(context, 'kernels', name)
      const test: EnsembleTest = {
        kTestTrain: { nngp: kernel('nngp_test_train'), ntk: kernel('ntk_test_train') },
        nngpTestTest: kernel('nngp_test_test'),
      }
      const rate = valueOf(context, 'empirical', 'learningRate')
      const predict = gradientDescentMseEnsemble(
        { nngp: kernel('nngp_train_train'), ntk: kernel('ntk_train_train') },
        arrayOf(context, 'data', 'y_train'),
        predictionOptions(setup, rate),
      )
      let done = 0
      const through = async (points?: EnsembleTest): Promise<Gaussian> => {
        const found: Gaussian = { means: [], sigmas: [] }
        for (const step of setup.steps) {
          await breathe(context.signal)
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
        const targets = targetsOf(context)
        const curve: Curve = {
          train: onTrain.means,
          test: onTest.means,
          extraLoss: { train: halfVariance(onTrain), test: halfVariance(onTest) },
        }
        const sigma = stackRows(onTest.sigmas, [targets.test.length / targets.columns])
        return predictedResult(setup, context, 'infinite', curve, { sigma_test: sigma })
      } catch (error) {
        task.stop()
        throw error
      }
    },
  }
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
