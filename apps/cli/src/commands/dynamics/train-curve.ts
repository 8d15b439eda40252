import {
  accuracy,
  gradientDescent,
  momentum,
  mse,
  type Optimizer,
  type SetRecord,
  type SharedTrainOptions,
  train,
} from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { type Tensor, toBackend } from '@ntk/tensor'
import type { StageContext } from '../../experiment/stage.js'
import type { Apply } from '../../networks/apply.js'
import { backendOf } from '../../networks/device.js'
import { shortNumber } from '../../text/number.js'
import type { Curve } from './curves.js'
import type { Setup } from './setup.js'
import type { DataOutput } from './stages/data.js'
import { trainingArrays } from './start.js'

function optimizerOf(setup: Setup, rate: number): Optimizer {
  const mass = setup.config.training.momentum
  return mass === 0 ? gradientDescent(rate) : momentum(rate, mass)
}

/** What `trainCurve` trains. */
export interface Training {
  readonly title: string
  /** How its rows are named in the metrics. */
  readonly curve: 'network' | 'linearized'
  readonly width: number | null
  readonly rate: number
  readonly apply: Apply
  readonly params: Params<Tensor>
}

/** The rows of one evaluation, written to the metrics as it happens. */
export function recordRows(
  { curve, width, rate }: Pick<Training, 'curve' | 'width' | 'rate'>,
  step: number,
  sets: Readonly<Record<string, SetRecord>>,
): Parameters<StageContext['record']>[0] {
  return Object.entries(sets).map(([split, { metrics }]) => ({
    curve,
    width,
    split,
    step,
    time: step * rate,
    loss: metrics.loss ?? null,
    accuracy: metrics.accuracy ?? null,
  }))
}

/** What every training of the config has in common, on its device; its random batches are the same in all of them. */
export async function sharedOptions(
  setup: Setup,
  data: DataOutput,
  rate: number,
): Promise<Omit<SharedTrainOptions<Params<Tensor>>, 'apply'>> {
  const { steps, batch } = setup.config.training
  const arrays = await toBackend(trainingArrays(setup, data), await backendOf(setup.config))
  const { x_train, y_train, x_test, y_test } = arrays
  return {
    x: x_train,
    y: y_train,
    loss: mse,
    optimizer: optimizerOf(setup, rate),
    steps,
    ...(batch === 'full' ? {} : { batchSize: batch, key: setup.keys.batches }),
    evaluate: { test: { x: x_test, y: y_test } },
    metrics: { accuracy },
    outputs: true,
  }
}

/** Trains a function of parameters by the optimizer of the config, and keeps its outputs at every evaluated step. */
export async function trainCurve(
  setup: Setup,
  data: DataOutput,
  context: StageContext,
  training: Training,
): Promise<Curve> {
  const { title, rate, apply, params } = training
  const task = context.progress.task(title, setup.config.training.steps)
  const rows: { train: ArrayLike<number>[]; test: ArrayLike<number>[] } = { train: [], test: [] }
  try {
    const { history } = await train({
      ...(await sharedOptions(setup, data, rate)),
      apply,
      params,
      at: setup.steps,
      onRecord: ({ step, sets }) => context.record(recordRows(training, step, sets)),
      onProgress: ({ done, loss }) => task.update(done, `loss ${shortNumber(loss)}`),
      signal: context.signal,
    })
    for (const { sets } of history) {
      rows.train.push(await numbers(sets.train))
      rows.test.push(await numbers(sets.test))
    }
    const last = history.at(-1)?.sets.test?.metrics.loss ?? Number.NaN
    task.done(`test loss ${shortNumber(last)}`)
  } catch (error) {
    task.stop()
    throw error
  }
  return rows
}

async function numbers(record: SetRecord | undefined): Promise<Float64Array> {
  if (record?.outputs === undefined) throw new Error('an evaluation kept no outputs')
  return Float64Array.from(await record.outputs.data())
}
