import {
  accuracy,
  gradientDescent,
  linearizedModel,
  momentum,
  mse,
  type Optimizer,
  type SetRecord,
  train,
} from '@ntk/optim'
import type { Layer, Params } from '@ntk/stax'
import { cast, type Tensor } from '@ntk/tensor'
import { shortNumber } from '../../figures/curves.js'
import type { Stage, StageContext } from '../../runs/stages.js'
import { arrayOf, valueOf } from '../arrays.js'
import { type Curve, curveResult } from '../curves.js'
import type { Setup } from '../setup.js'

type Apply = (params: Params<Tensor>, x: Tensor) => Tensor

/** Fresh parameters for a network of this run; the same in every stage that asks. */
export function initialParams(setup: Setup, net: Layer, x: Tensor): Params<Tensor> {
  return net.init(setup.keys.network, [-1, ...x.shape.slice(1)], { dtype: setup.config.dtype }).params
}

/** A data array in the precision of the networks. */
export function inputOf(setup: Setup, context: Pick<StageContext, 'result'>, name: string): Tensor {
  return cast(arrayOf(context, 'data', name), setup.config.dtype)
}

export function optimizerOf(setup: Setup, rate: number): Optimizer {
  const mass = setup.config.training.momentum
  return mass === 0 ? gradientDescent(rate) : momentum(rate, mass)
}

/** What `trainCurve` trains. */
export interface Training {
  readonly title: string
  /** How its rows are named in the metrics. */
  readonly curve: 'network' | 'linearized'
  readonly width: number | null
  readonly apply: Apply
  readonly params: Params<Tensor>
  /** Steps at which it is evaluated; all of the run's unless given. */
  readonly at?: readonly number[]
}

/** The rows of one evaluation, written to the metrics as it happens. */
function recordRows(
  curve: string,
  width: number | null,
  rate: number,
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

/** Trains a function of parameters by the optimizer of the config, and keeps its outputs at every evaluated step. */
export async function trainCurve(
  setup: Setup,
  context: StageContext,
  { title, curve, width, apply, params, at = setup.steps }: Training,
): Promise<Curve> {
  const { steps, batch } = setup.config.training
  const rate = valueOf(context, 'empirical', 'learningRate')
  const task = context.progress.task(title, steps)
  const rows: { train: ArrayLike<number>[]; test: ArrayLike<number>[] } = { train: [], test: [] }
  try {
    const test = { x: inputOf(setup, context, 'x_test'), y: inputOf(setup, context, 'y_test') }
    const { history } = await train({
      apply,
      params,
      x: inputOf(setup, context, 'x_train'),
      y: inputOf(setup, context, 'y_train'),
      loss: mse,
      optimizer: optimizerOf(setup, rate),
      steps,
      ...(batch === 'full' ? {} : { batchSize: batch, key: setup.keys.batches }),
      evaluate: { test },
      metrics: { accuracy },
      outputs: true,
      at,
      onRecord: ({ step, sets }) => context.record(recordRows(curve, width, rate, step, sets)),
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

/** Trains the network itself. */
export function networkStage(setup: Setup): Stage {
  return {
    name: 'network',
    title: 'training the network',
    async run(context) {
      const params = initialParams(setup, setup.net, arrayOf(context, 'data', 'x_train'))
      const curve = await trainCurve(setup, context, {
        title: this.title,
        curve: 'network',
        width: setup.width,
        apply: applyOf(setup.net),
        params,
      })
      return curveResult(setup, context, curve)
    },
  }
}

/** Trains the first-order Taylor expansion of the network in its parameters (Lee et al. 2019, Equation 4). */
export function linearizedStage(setup: Setup): Stage {
  return {
    name: 'linearized',
    title: 'training the linearization',
    async run(context) {
      const params = initialParams(setup, setup.net, arrayOf(context, 'data', 'x_train'))
      const { apply } = linearizedModel<Params<Tensor>>(applyOf(setup.net), params)
      const curve = await trainCurve(setup, context, {
        title: this.title,
        curve: 'linearized',
        width: setup.width,
        apply,
        params,
      })
      return curveResult(setup, context, curve)
    },
  }
}

/** The finite network of a layer as a function of its parameters. */
export function applyOf(net: Layer): Apply {
  return (params, x) => net.apply(params, x)
}
