import type { Layer } from '@ntk/stax'
import { type Stage, type StageContext, stage } from '../../../experiment/stage.js'
import { lossOf, rmse } from '../../../measures/numbers.js'
import { applyOf } from '../../../networks/apply.js'
import { shortNumber } from '../../../text/number.js'
import { type CurveOutput, targetsOf, testOutputs } from '../curves.js'
import type { Setup } from '../setup.js'
import { largestRate, startOf } from '../start.js'
import { trainCurve } from '../train-curve.js'
import type { DataOutput } from './data.js'
import type { EmpiricalOutput } from './empirical.js'
import { predictFrom } from './prediction.js'

export interface WidthOutput {
  readonly values: {
    readonly width: number
    /** Of test outputs at the last step, against the closed form. */
    readonly rmse: number
    readonly testLoss: number
    readonly predictedTestLoss: number
    readonly maxLearningRate: number
  }
  readonly arrays: Readonly<Record<never, never>>
}

/** The stages of the main network, which stands in the sweep too. */
export type MainStages = {
  readonly data: Stage<DataOutput>
  readonly empirical: Stage<EmpiricalOutput>
  readonly network: Stage<CurveOutput>
  readonly closedForm: Stage<CurveOutput>
}

/**
 * One network of the sweep: trained as the main one is, from the same key, and compared at the last step with the
 * closed form of its own kernel.
 */
export function widthStage(setup: Setup, width: number, net: Layer, main: MainStages): Stage<WidthOutput> {
  const name = `width-${width}`
  const title = `training width ${width}`
  if (width === setup.width) {
    return stage({
      name,
      title,
      needs: main,
      // The main network has been trained already.
      async run({ data, empirical, network, closedForm }) {
        const trained = testOutputs(network).at(-1) ?? []
        const predicted = testOutputs(closedForm).at(-1) ?? []
        return compare(width, data, { trained, predicted, largest: empirical.values.maxLearningRate })
      },
    })
  }
  return stage({
    name,
    title,
    needs: { data: main.data, empirical: main.empirical },
    async run({ data, empirical }, context) {
      const rate = empirical.values.learningRate
      return compare(width, data, await trainWidth(setup, { width, net, title, rate }, data, context))
    },
  })
}

interface Compared {
  readonly trained: ArrayLike<number>
  readonly predicted: ArrayLike<number>
  readonly largest: number
}

function compare(width: number, data: DataOutput, { trained, predicted, largest }: Compared): WidthOutput {
  const targets = targetsOf(data)
  return {
    values: {
      width,
      rmse: rmse(trained, predicted),
      testLoss: lossOf(trained, targets.test),
      predictedTestLoss: lossOf(predicted, targets.test),
      maxLearningRate: largest,
    },
    arrays: {},
  }
}

async function trainWidth(
  setup: Setup,
  one: { readonly width: number; readonly net: Layer; readonly title: string; readonly rate: number },
  data: DataOutput,
  context: StageContext,
): Promise<Compared> {
  const { width, net, title, rate } = one
  const start = await startOf(setup, net, data, context, `kernel of width ${width}`)
  const largest = largestRate(setup, start, data)
  if (rate > largest) {
    context.progress.warn(
      `The learning rate ${shortNumber(rate)} is above the largest stable one at width ${width}, ${shortNumber(largest)}.`,
    )
  }
  const last = setup.config.training.steps
  const predicted = predictFrom(setup, data, start, rate, [last])
  const trained = await trainCurve(setup, data, context, {
    title,
    curve: 'network',
    width,
    rate,
    apply: applyOf(net),
    params: start.params,
    at: [last],
  })
  return { trained: trained.test.at(-1) ?? [], predicted: predicted.test.at(-1) ?? [], largest }
}
