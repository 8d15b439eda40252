import { linearizedModel, mse, type TrainState, train } from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { foldIn, type Key, mul, sum, type Tensor } from '@ntk/tensor'
import { type Stage, stage } from '../../experiment/stage.js'
import { rmse, rootMeanSquare } from '../../measures/numbers.js'
import { float64s, rowsOf, stackRows } from '../../measures/rows.js'
import { type Apply, applyOf } from '../../networks/apply.js'
import type { PaperSettings } from '../common.js'
import { secondsOfOutputs, secondsOfStep, workOf } from './cost.js'
import { imageShape, type SamarinData, type SamarinImages } from './images.js'
import { networkOf, pyTorchParams } from './networks.js'
import { keyOfMember } from './pairs.js'
import { pyTorchSgd, type SgdConfig, stepsOf } from './train.js'

export interface TrajectoriesConfig extends PaperSettings, SamarinImages, SgdConfig {
  factors: number[]
  networks: number
  rate: number
  weightDecay: number
  times: number
}

/** Outputs for the correct class of test images at some steps, [times, images], of a network and of its linearization. */
export interface TrajectoryOutput {
  readonly values: {
    readonly factor: number
    /** RMS over test images, at each of the steps: how far outputs of the network have moved from its start, and how far those of the linearization are from them. */
    readonly moved: readonly number[]
    readonly apart: readonly number[]
  }
  readonly arrays: { readonly network: Tensor; readonly linearized: Tensor }
}

/** Steps that are looked at, evenly from 0 to the last. */
export function timesOf(config: TrajectoriesConfig): number[] {
  const steps = stepsOf(config, config.train)
  const count = Math.min(config.times, steps + 1)
  return [
    ...new Set(Array.from({ length: count }, (_, i) => Math.round((i * steps) / Math.max(1, count - 1)))),
  ]
}

export function trajectoryStage(
  config: TrajectoriesConfig,
  keys: { readonly networks: Key; readonly batches: Key },
  data: Stage<SamarinData>,
  factor: number,
  member: number,
): Stage<TrajectoryOutput> {
  const [side = 1, , channels = 1] = imageShape(config)
  const work = workOf('lenet', factor, side, channels)
  const [step, outputs] = [secondsOfStep(work, config.batch), secondsOfOutputs(work)]
  const steps = stepsOf(config, config.train)
  const times = timesOf(config)
  const first = steps * step.network + times.length * config.test * outputs.network
  const second = steps * step.linearized + times.length * config.test * outputs.linearized
  return stage({
    name: `x${factor}-${member}`,
    title: `training ×${factor}`,
    needs: { data },
    seconds: first + second,
    async run({ data: { values, arrays } }, { onPart, signal }) {
      const net = networkOf('lenet', factor, values.classes)
      const shape = [-1, ...arrays.x_train.shape.slice(1)]
      const params = pyTorchParams(net, keyOfMember(keys.networks, factor, member), shape)
      const linear = linearizedModel<Params<Tensor>>(applyOf(net), params)
      const follow = (
        apply: Apply,
        before: number,
        share: number,
        decayFrom?: Params<Tensor>,
      ): Promise<Float64Array[]> =>
        outputsOnTheWay({
          apply,
          params,
          config,
          arrays,
          key: foldIn(keys.batches, member),
          times,
          decayFrom,
          signal,
          onPart: (part) => onPart((before + part * share) / (first + second)),
        })
      const network = await follow(applyOf(net), 0, first)
      const linearized = await follow(linear.apply, first, second, params)
      const start = network[0] ?? new Float64Array()
      const moved = network.map((own) => rootMeanSquare(own.map((v, i) => v - (start[i] ?? 0))))
      const apart = network.map((own, i) => rmse(own, linearized[i] ?? []))
      const images = [config.test]
      return {
        values: { factor, moved, apart },
        arrays: { network: stackRows(network, images), linearized: stackRows(linearized, images) },
      }
    },
  })
}

interface Following {
  readonly apply: Apply
  readonly params: Params<Tensor>
  readonly config: TrajectoriesConfig
  readonly arrays: SamarinData['arrays']
  readonly key: Key
  readonly times: readonly number[]
  readonly decayFrom?: Params<Tensor> | undefined
  readonly signal: AbortSignal
  readonly onPart: (share: number) => void
}

/** Training in pieces, between which outputs are taken: an evaluation by `train` would look at all of the training set. */
async function outputsOnTheWay({
  apply,
  params,
  config,
  arrays,
  times,
  onPart,
  ...run
}: Following): Promise<Float64Array[]> {
  const { x_train: x, y_train: y, x_test, y_test } = arrays
  const optimizer = pyTorchSgd(config.rate, config.weightDecay, config, x.shape[0] ?? 0)
  const last = times.at(-1) ?? 0
  const found: Float64Array[] = []
  let state: TrainState<Params<Tensor>> = { step: 0, params, optimizerState: optimizer.init(params) }
  for (const time of times) {
    if (time > state.step) {
      state = await train({
        ...run,
        apply,
        params,
        x,
        y,
        loss: (f, targets) => mse(f, targets, { half: false }),
        optimizer,
        start: state,
        steps: time,
        batchSize: config.batch,
        at: [],
        onProgress: ({ done }) => onPart(done / last),
      })
    }
    // One-hot targets pick the output of the correct class.
    found.push(Float64Array.from(float64s(sum(mul(apply(state.params, x_test), y_test), { axis: 1 }))))
  }
  return found
}

/** Distance over movement where the network has moved so far for the first time; NaN where it has not. */
export function apartAt({ moved, apart }: TrajectoryOutput['values'], distance: number): number {
  const i = moved.findIndex((one) => one >= distance)
  if (i < 1) return Number.NaN
  // Both on lines between steps that were looked at.
  const [before, after] = [moved[i - 1] ?? 0, moved[i] ?? 0]
  const share = (distance - before) / (after - before)
  return ((1 - share) * (apart[i - 1] ?? 0) + share * (apart[i] ?? 0)) / distance
}

/** [times] of one test image. */
export const trajectoryOf = (outputs: Tensor, image: number): number[] =>
  rowsOf(outputs).map((row) => row[image] ?? Number.NaN)
