import { type EnsembleTest, gradientDescentMse, gradientDescentMseEnsemble } from '@ntk/dynamics'
import type { Tensor } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { turn } from '../../../frame/turn.js'
import { rowsOf, stackRows } from '../../../measures/rows.js'
import type { Task } from '../../../progress/progress.js'
import { type CurveOutput, curveOutput, recordCurve, targetsOf } from '../curves.js'
import type { Setup } from '../setup.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'
import type { KernelsOutput } from './kernels.js'
import { predictionOptions } from './prediction.js'

/** As every curve, with the standard deviation over networks of each test image [evaluations, m]. */
export interface InfiniteOutput extends CurveOutput {
  readonly arrays: CurveOutput['arrays'] & { readonly sigma_test: Tensor }
}

/** Means and standard deviations of one set at every evaluated step. */
interface Gaussian {
  readonly means: readonly Float64Array[]
  readonly sigmas: readonly Float64Array[]
}

/** What is known of infinitely wide networks through training, on both sets. */
interface Both {
  readonly train: Gaussian
  readonly test: Gaussian
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
      const rate = inputs.empirical.values.learningRate
      const task = context.progress.task(title, 2 * setup.steps.length)
      try {
        const { train, test } =
          setup.config.training.start === 'centred'
            ? centred(setup, inputs.data, inputs.kernels, rate)
            : await random(setup, inputs.data, inputs.kernels, rate, context, task)
        task.done()
        const output = curveOutput(setup, inputs.data, {
          train: train.means,
          test: test.means,
          extraLoss: { train: halfVariance(train), test: halfVariance(test) },
        })
        recordCurve(context, 'infinite', null, rate, output.values.curve)
        const targets = targetsOf(inputs.data)
        const sigma_test = stackRows(test.sigmas, [targets.test.length / targets.columns])
        return { ...output, arrays: { ...output.arrays, sigma_test } }
      } catch (error) {
        task.stop()
        throw error
      }
    },
  })
}

/** Networks that start at zero have nothing random left at infinite width: they all learn one function, Equation 14 with f_0 = 0. */
function centred(setup: Setup, { arrays }: DataOutput, kernels: KernelsOutput, rate: number): Both {
  const { ntk_train_train, ntk_test_train } = kernels.arrays
  const predict = gradientDescentMse(ntk_train_train, arrays.y_train, predictionOptions(setup, rate))
  const { train, test } = predict({ t: setup.steps, kTestTrain: ntk_test_train })
  const sure = (f: Tensor): Gaussian => ({
    means: rowsOf(f),
    sigmas: setup.steps.map(() => new Float64Array(f.shape[1] ?? 0)),
  })
  return { train: sure(train), test: sure(test) }
}

/** Networks as they are drawn: Gaussian processes, from the NNGP kernel at the start (Equations 14 and 15). */
async function random(
  setup: Setup,
  { arrays }: DataOutput,
  { arrays: kernel }: KernelsOutput,
  rate: number,
  { signal }: StageContext,
  task: Task,
): Promise<Both> {
  const predict = gradientDescentMseEnsemble(
    { nngp: kernel.nngp_train_train, ntk: kernel.ntk_train_train },
    arrays.y_train,
    predictionOptions(setup, rate),
  )
  let done = 0
  const through = async (points?: EnsembleTest): Promise<Gaussian> => {
    const means: Float64Array[] = []
    const sigmas: Float64Array[] = []
    for (const t of setup.steps) {
      await turn(signal)
      const { mean, covariance } = predict({
        get: 'ntk',
        t,
        ...(points === undefined ? {} : { test: points }),
      })
      means.push(Float64Array.from(mean.dataSync()))
      sigmas.push(deviations(covariance))
      task.update(++done)
    }
    return { means, sigmas }
  }
  const train = await through()
  const test = await through({
    kTestTrain: { nngp: kernel.nngp_test_train, ntk: kernel.ntk_test_train },
    nngpTestTest: kernel.nngp_test_test,
  })
  return { train, test }
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
