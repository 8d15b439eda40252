import { shortNumber } from '../../figures/curves.js'
import type { Stage, StageContext } from '../../runs/stages.js'
import { valueOf } from '../arrays.js'
import { type Curve, targetsOf, testOutputs } from '../curves.js'
import { lossOf, rmse } from '../numbers.js'
import type { Setup } from '../setup.js'
import { largestRate, startOf } from './empirical.js'
import { predictFrom } from './prediction.js'
import { applyOf, trainCurve } from './training.js'

export const widthStageName = (width: number): string => `width-${width}`

/**
 * One network of the sweep: trained as the main one is, from the same key, and compared at the last step with the
 * closed form of its own kernel.
 */
export function widthStage(setup: Setup, width: number): Stage {
  return {
    name: widthStageName(width),
    title: `training width ${width}`,
    async run(context) {
      const { trained, predicted, largest } =
        width === setup.width ? ofMain(context) : await ofWidth(setup, width, context, this.title)
      const targets = targetsOf(context)
      return {
        values: {
          width,
          rmse: rmse(trained, predicted),
          testLoss: lossOf(trained, targets.test),
          predictedTestLoss: lossOf(predicted, targets.test),
          maxLearningRate: largest,
        },
        files: {},
      }
    },
  }
}

interface Compared {
  readonly trained: ArrayLike<number>
  readonly predicted: ArrayLike<number>
  readonly largest: number
}

/** The main network has been trained already. */
function ofMain(context: StageContext): Compared {
  return {
    trained: testOutputs(context, 'network').at(-1) ?? [],
    predicted: testOutputs(context, 'closed-form').at(-1) ?? [],
    largest: valueOf(context, 'empirical', 'maxLearningRate'),
  }
}

async function ofWidth(setup: Setup, width: number, context: StageContext, title: string): Promise<Compared> {
  const net = setup.widened(width)
  const start = await startOf(setup, net, context, `kernel of width ${width}`)
  const largest = largestRate(setup, start, context)
  const rate = valueOf(context, 'empirical', 'learningRate')
  if (rate > largest) {
    context.progress.warn(
      `The learning rate ${shortNumber(rate)} is above the largest stable one at width ${width}, ${shortNumber(largest)}.`,
    )
  }
  const predicted: Curve = predictFrom(setup, context, start, [setup.config.training.steps])
  const trained = await trainCurve(setup, context, {
    title,
    curve: 'network',
    width,
    apply: applyOf(net),
    params: start.params,
    at: [setup.config.training.steps],
  })
  return { trained: trained.test.at(-1) ?? [], predicted: predicted.test.at(-1) ?? [], largest }
}
