import type { Layer } from '@ntk/stax'
import { cast, type Tensor } from '@ntk/tensor'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { accuracyOf, lossOf, rmse, rootMeanSquare } from '../../../measures/numbers.js'
import { float64s, stackRows } from '../../../measures/rows.js'
import { shortNumber } from '../../../text/number.js'
import { type CurveOutput, targetsOf, testOutputs } from '../curves.js'
import { kernelDistance } from '../kernel-distance.js'
import type { Setup } from '../setup.js'
import { largestRate, type Start, startOf } from '../start.js'
import { steppedTestOutputs } from '../stepped.js'
import { trainMembers } from '../train-members.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'
import type { InfiniteOutput } from './infinite.js'
import type { KernelsOutput } from './kernels.js'

/** One trained network of the sweep; distances are of test outputs after the last step. */
export interface SweepNetwork {
  /** Of its tangent kernel at the start from that at infinite width, of the size of the latter. */
  readonly kernel: number
  /** RMSE against the closed form of its own kernel, of the size of what that predicts. */
  readonly own: number
  /** Likewise against infinite width, of the size of that. */
  readonly infinite: number
  /** RMSE against the closed form of its own kernel, as it is. */
  readonly rmse: number
  readonly testLoss: number
  readonly predictedTestLoss: number
  readonly testAccuracy: number
  readonly predictedTestAccuracy: number
  readonly maxLearningRate: number
}

export interface WidthOutput {
  readonly values: { readonly width: number; readonly networks: readonly SweepNetwork[] }
  /** Test outputs [networks, m, k] after the last step, trained and predicted by their own kernels. */
  readonly arrays: { readonly f_test: Tensor; readonly predicted_test: Tensor }
}

/** The stages that the sweep needs: the main network stands in it too. */
export type MainStages = {
  readonly data: Stage<DataOutput>
  readonly kernels: Stage<KernelsOutput>
  readonly empirical: Stage<EmpiricalOutput>
  readonly closedForm: Stage<CurveOutput>
  readonly infinite: Stage<InfiniteOutput>
  readonly network: Stage<CurveOutput>
}

/**
 * The networks of one width of the sweep: trained as the main one is, and compared at the last step with the closed form of
 * their own kernels and with infinite width. The first starts from the key of the main network, and is that one at its width.
 */
export function widthStage(setup: Setup, width: number, net: Layer, main: MainStages): Stage<WidthOutput> {
  const name = `width-${width}`
  const title = `training width ${width}`
  const count = setup.config.networks
  if (width !== setup.width) {
    const { data, kernels, empirical, infinite } = main
    return stage({
      name,
      title,
      needs: { data, kernels, empirical, infinite },
      async run(inputs, context) {
        const rate = inputs.empirical.values.learningRate
        const compared = await membersOf(setup, { width, net, title, rate, first: 0, count }, inputs, context)
        return widthOutput(width, inputs, compared)
      },
    })
  }
  return stage({
    name,
    title,
    needs: main,
    // The main network has been trained already.
    async run({ network, closedForm, ...inputs }, context) {
      const { learningRate: rate, maxLearningRate: largest } = inputs.empirical.values
      const first: Compared = {
        trained: testOutputs(network).at(-1) ?? new Float64Array(),
        predicted: testOutputs(closedForm).at(-1) ?? new Float64Array(),
        kernel: kernelDistance(inputs.empirical.arrays.ntk_train_train, limitOf(inputs)),
        largest,
      }
      const others = await membersOf(setup, { width, net, title, rate, first: 1, count }, inputs, context)
      return widthOutput(width, inputs, [first, ...others])
    },
  })
}

/** A network of the sweep before it is measured against targets and infinite width. */
interface Compared {
  /** Test outputs [m, k] after the last step. */
  readonly trained: Float64Array
  readonly predicted: Float64Array
  readonly kernel: number
  readonly largest: number
}

interface Inputs {
  readonly data: DataOutput
  readonly kernels: KernelsOutput
  readonly infinite: InfiniteOutput
}

const limitOf = ({ kernels }: Pick<Inputs, 'kernels'>): Tensor => kernels.arrays.ntk_train_train

/** Networks from the `first` up to `count` of a width: kernel and prediction of each, then all are trained. */
async function membersOf(
  setup: Setup,
  of: {
    readonly width: number
    readonly net: Layer
    readonly title: string
    readonly rate: number
    readonly first: number
    readonly count: number
  },
  inputs: Inputs,
  context: StageContext,
): Promise<Compared[]> {
  const { width, net, title, rate, first, count } = of
  const starts: { start: Start['params']; predicted: Tensor; kernel: number; largest: number }[] = []
  const members = Array.from({ length: count - first }, (_, i) => first + i)
  if (members.length === 0) return []
  const task = context.progress.task(`kernels of width ${width}`, members.length)
  try {
    for (const [done, member] of members.entries()) {
      const onPart = (share: number): void => task.update(done + share)
      const start = await startOf(setup, net, inputs.data, { signal: context.signal, onPart }, member)
      starts.push({
        start: start.params,
        predicted: predictLast(setup, inputs.data, start, rate),
        kernel: kernelDistance(start.trainTrain, limitOf(inputs)),
        largest: largestRate(setup, start, inputs.data),
      })
    }
    task.done(members.length === 1 ? '1 network' : `${members.length} networks`)
  } catch (error) {
    task.stop()
    throw error
  }
  const lowest = Math.min(...starts.map(({ largest }) => largest))
  if (rate > lowest) {
    context.progress.warn(
      `The learning rate ${shortNumber(rate)} is above the largest stable one at width ${width}, ${shortNumber(lowest)}.`,
    )
  }
  const params = starts.map(({ start }) => start)
  const trained = await trainMembers(setup, inputs.data, context, { title, width, net, rate, params })
  return starts.map(({ predicted, kernel, largest }, i) => ({
    trained: float64s(trained[i] as Tensor),
    predicted: float64s(predicted),
    kernel,
    largest,
  }))
}

/** The closed form of a network's own kernel after the last step. */
function predictLast(setup: Setup, { arrays }: DataOutput, start: Start, rate: number): Tensor {
  const wide = (x: Tensor): Tensor => cast(x, 'float64')
  const { steps, momentum } = setup.config.training
  const kernels = { trainTrain: wide(start.trainTrain), testTrain: wide(start.testTrain) }
  const outputs = { fTrain: wide(start.fTrain), fTest: wide(start.fTest), yTrain: arrays.y_train }
  return steppedTestOutputs({ ...kernels, ...outputs }, rate, steps, momentum)
}

function widthOutput(width: number, { data, infinite }: Inputs, compared: readonly Compared[]): WidthOutput {
  const { test: y, columns } = targetsOf(data)
  const limit = testOutputs(infinite).at(-1) ?? new Float64Array()
  const networks = compared.map(({ trained, predicted, kernel, largest }): SweepNetwork => {
    const off = rmse(trained, predicted)
    return {
      kernel,
      own: off / rootMeanSquare(predicted),
      infinite: rmse(trained, limit) / rootMeanSquare(limit),
      rmse: off,
      testLoss: lossOf(trained, y),
      predictedTestLoss: lossOf(predicted, y),
      testAccuracy: accuracyOf(trained, y, columns),
      predictedTestAccuracy: accuracyOf(predicted, y, columns),
      maxLearningRate: largest,
    }
  })
  const shape = [y.length / columns, columns]
  return {
    values: { width, networks },
    arrays: {
      f_test: stackRows(
        compared.map(({ trained }) => trained),
        shape,
      ),
      predicted_test: stackRows(
        compared.map(({ predicted }) => predicted),
        shape,
      ),
    },
  }
}
