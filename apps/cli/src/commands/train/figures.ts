import type { TopLevelSpec } from 'vega-lite'
import type { Done, Figure } from '../../experiment/experiment.js'
import { type TrainingPanel, trainingFigure, trainingStyles } from '../../figures/training.js'
import { percent, shortNumber } from '../../text/number.js'
import { last, type TrainNumbers, type TrainResults } from './numbers.js'
import { describeOptimizer } from './optimizer.js'
import type { Setup } from './setup.js'
import { setNames } from './stages/data.js'
import type { SetCurve } from './stages/training.js'

export type TrainDone = Done<Setup, TrainResults, TrainNumbers>

const headers = {
  train: 'Training samples',
  validation: 'Validation samples',
  test: 'Test samples',
} as const

/** What is trained on what, for subtitles. */
export function subject({ setup, numbers }: Pick<TrainDone, 'setup' | 'numbers'>): string {
  const { optimizer, schedule } = setup.config
  return `${setup.source}, ${numbers.samples.train} training samples, ${setup.title}; ${describeOptimizer(optimizer, schedule)}`
}

/** `loss, ½ mean (f − y)²`, `accuracy`, `R²` */
export const lossName = ({ config }: Setup): string =>
  config.loss === 'mse' ? 'loss, ½ mean (f − y)²' : 'loss, cross-entropy'
export const scoreName = ({ task }: TrainNumbers): string => (task === 'classes' ? 'accuracy' : 'R²')

function panelsOf({ numbers }: TrainDone, of: (curve: SetCurve) => readonly number[]): TrainingPanel[] {
  return setNames.flatMap((set): TrainingPanel[] => {
    const curves = (['network', 'linearized'] as const).flatMap((name) => {
      const trained = numbers[name]
      const curve = trained?.sets[set] ?? null
      if (trained === null || curve === null) return []
      const values = of(curve)
      const points = trained.steps.map((step, i) => ({ step, value: values[i] ?? Number.NaN }))
      return [{ style: trainingStyles[name], points }]
    })
    return curves.length === 0 ? [] : [{ header: headers[set], curves }]
  })
}

function loss(done: TrainDone): TopLevelSpec {
  const { train, test } = done.numbers.network.sets
  return trainingFigure(
    panelsOf(done, (curve) => curve.loss),
    { title: lossName(done.setup), kind: 'positive' },
    `The training loss goes from ${shortNumber(train?.loss[0] ?? Number.NaN)} to ${shortNumber(last(train?.loss))}, the test loss to ${shortNumber(last(test?.loss))}`,
    subject(done),
  )
}

function score(done: TrainDone): TopLevelSpec {
  const { train, test } = done.numbers.network.sets
  const classes = done.numbers.task === 'classes'
  const value = (v: number): string => (classes ? percent(v) : shortNumber(v))
  return trainingFigure(
    panelsOf(done, (curve) => curve.score),
    { title: scoreName(done.numbers), kind: classes ? 'share' : 'positive' },
    `${classes ? 'Accuracy' : 'R²'} is ${value(last(train?.score))} on training samples and ${value(last(test?.score))} on test samples`,
    subject(done),
  )
}

function distance(done: TrainDone): TopLevelSpec | null {
  const { distance: found } = done.numbers
  if (found === null) return null
  const points = (values: readonly number[]): { step: number; value: number }[] =>
    found.steps.map((step, i) => ({ step, value: values[i] ?? Number.NaN }))
  return trainingFigure(
    [
      {
        header: '',
        curves: [
          { style: trainingStyles.moved, points: points(found.moved) },
          {
            style: { ...trainingStyles.network, label: 'network less linearization' },
            points: points(found.rmse),
          },
        ],
      },
    ],
    { title: 'root mean square', kind: 'positive' },
    `Outputs of network and linearization part by ${shortNumber(last(found.rmse), 2)}, ${percent(last(found.rmse) / last(found.moved))} of how far they moved`,
    `${subject(done)}; ${found.samples} test samples`,
  )
}

export const trainFigures: readonly Figure<TrainDone>[] = [
  {
    name: 'loss',
    draw: loss,
    caption: 'Loss against step, on all samples of each set.',
  },
  {
    name: 'score',
    draw: score,
    caption: 'The share of samples that are right, or of the variance of numbers that is explained.',
  },
  {
    name: 'distance',
    draw: distance,
    caption:
      'How far outputs on test samples of the network are from those of its linearization, which saw the same batches, beside how far they have moved since the start. Wider networks part less: at infinite width both are one (Lee et al. 2019, Theorem 2.1).',
  },
]
