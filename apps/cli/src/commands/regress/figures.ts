import type { TopLevelSpec } from 'vega-lite'
import type { Figure } from '../../experiment/experiment.js'
import { calibrationFigure } from '../../figures/calibration.js'
import { confusionFigure } from '../../figures/confusion.js'
import { learningCurveFigure } from '../../figures/learning-curve.js'
import { targetsFigure } from '../../figures/targets.js'
import { meanOf } from '../../measures/error-bar.js'
import { percent, shortNumber } from '../../text/number.js'
import type { RegressDone } from './findings.js'
import { subject } from './story.js'

function confusion({ numbers, results }: RegressDone): TopLevelSpec | null {
  if (numbers.task !== 'classes') return null
  return confusionFigure(
    results.data.values.classes,
    numbers.confusion,
    `${percent(1 - numbers.score)} of ${numbers.tested} test samples are taken for another class`,
    'Share of each true class, in percent',
  )
}

function targets({ numbers, results }: RegressDone): TopLevelSpec | null {
  if (numbers.task !== 'numbers') return null
  const y = results.data.arrays.y_test.dataSync()
  const mean = results.fit.arrays.mean.dataSync()
  const deviation = results.fit.arrays.deviation.dataSync()
  // More dots than this only make the files large.
  const stride = Math.max(1, Math.ceil(y.length / 400))
  const points = Array.from({ length: Math.ceil(y.length / stride) }, (_, i) => ({
    target: y[i * stride] ?? Number.NaN,
    mean: mean[i * stride] ?? Number.NaN,
    deviation: deviation[i * stride] ?? Number.NaN,
  }))
  return targetsFigure(
    points,
    `Predictions are off by ${shortNumber(numbers.rmse, 2)} (RMSE)`,
    `${numbers.tested} test samples; bars are two standard deviations to each side`,
  )
}

function calibration({ numbers, setup }: RegressDone): TopLevelSpec {
  const classes = numbers.task === 'classes'
  return calibrationFigure(
    numbers.calibration,
    classes
      ? { x: 'probability of the predicted class', y: 'share that is right' }
      : { x: 'share that an interval should hold', y: 'share of targets in it' },
    `${classes ? 'Probabilities' : 'Intervals'} come true to ${shortNumber(numbers.calibrationError, 2)}`,
    subject(setup, numbers),
  )
}

function curve({ numbers, results, setup }: RegressDone): TopLevelSpec | null {
  const points = results.curve.values.points.map(({ n, scores }) => ({ n, ...meanOf(scores) }))
  if (points.length < 2) return null
  const classes = numbers.task === 'classes'
  const first = points[0]
  const value = (v: number): string => (classes ? percent(v) : shortNumber(v, 2))
  return learningCurveFigure(
    points,
    classes ? 'test accuracy' : 'R² on the test set',
    `From ${value(first?.mean ?? Number.NaN)} with ${first?.n} samples to ${value(numbers.score)} with ${numbers.fitted}`,
    subject(setup, numbers),
  )
}

export const regressFigures: readonly Figure<RegressDone>[] = [
  {
    name: 'confusion',
    draw: confusion,
    caption: 'Each row is a true class, each column what it was taken for. The diagonal is right.',
  },
  {
    name: 'targets',
    draw: targets,
    caption: 'Predicted mean against target. On the dashed line both are equal.',
  },
  {
    name: 'calibration',
    draw: calibration,
    narrow: true,
    caption:
      'What was promised against what came true; on the dashed line both are equal. Bars are two standard errors to each side, were the promise kept.',
  },
  {
    name: 'learning-curve',
    draw: curve,
    narrow: true,
    caption:
      'The score on the test set of models that saw a part of the samples, all from one kernel. Bars are two standard errors to each side over random parts.',
  },
]
