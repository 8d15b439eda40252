import { reliability } from '@ntk/regression'
import { div, erf, tensor } from '@ntk/tensor'
import type { ResultsOf } from '../../experiment/stage.js'
import { largest } from '../../measures/numbers.js'
import { type CalibrationPoint, calibrationError, calibrationFloor, r2Of } from './measures.js'
import type { RegressStages } from './stages.js'

export type RegressResults = ResultsOf<RegressStages>

/** What both tasks have. */
interface Common {
  readonly fitted: number
  readonly tested: number
  /** Accuracy or R², with its standard error over test samples (NaN of R²). */
  readonly score: number
  readonly scoreError: number
  /** ½ mean (f − y)² on the test set; y of classes is one-hot less 1/C. */
  readonly loss: number
  /** Mean log probability (density) of a test target. */
  readonly logLikelihood: number
  readonly logMarginalLikelihood: number
  readonly diagReg: number
  readonly calibration: readonly CalibrationPoint[]
  readonly calibrationError: number
  /** What that is on average where every promise is kept, by the numbers of samples alone. */
  readonly calibrationFloor: number
  /** Mean of what came true less what was promised, with its standard error. */
  readonly bias: { readonly value: number; readonly error: number }
}

export type RegressNumbers = Common &
  (
    | { readonly task: 'numbers'; readonly rmse: number }
    | {
        readonly task: 'classes'
        readonly temperature: number
        /** Counts by true class, then predicted class. */
        readonly confusion: readonly (readonly number[])[]
      }
  )

/** At most 15 bins, each of about 25 test samples or more. */
const binsFor = (samples: number): number => Math.min(15, Math.max(1, Math.floor(samples / 25)))

/** Shares of a Gaussian that are looked at. */
const levels = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95]

export function regressNumbers(results: RegressResults): RegressNumbers {
  const { values, arrays } = results.data
  return values.task === 'classes' ? ofClasses(results) : ofNumbers(results, arrays.y_test.dataSync())
}

function common({
  data,
  fit,
}: RegressResults): Pick<Common, 'fitted' | 'tested' | 'logMarginalLikelihood' | 'diagReg'> {
  const { logMarginalLikelihood, diagReg } = fit.values
  return {
    fitted: data.arrays.x_train.shape[0] ?? 0,
    tested: data.arrays.x_test.shape[0] ?? 0,
    logMarginalLikelihood,
    diagReg,
  }
}

function ofClasses(results: RegressResults): RegressNumbers {
  const { data, fit } = results
  const labels = data.arrays.y_test.dataSync()
  const classes = data.values.classes.length
  const p = fit.arrays.probabilities.dataSync()
  const mean = fit.arrays.mean.dataSync()
  const m = labels.length
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  const confidence: number[] = []
  let loss = 0
  for (let i = 0; i < m; i++) {
    const truth = labels[i] as number
    const found = largest(mean, i * classes, classes)
    const row = confusion[truth] as number[]
    row[found] = (row[found] ?? 0) + 1
    confidence.push(p[i * classes + found] as number)
    for (let c = 0; c < classes; c++) {
      const target = (c === truth ? 1 : 0) - 1 / classes
      loss += ((mean[i * classes + c] as number) - target) ** 2 / (2 * m * classes)
    }
  }
  const table = reliability(fit.arrays.probabilities, data.arrays.y_test, { bins: binsFor(m) })
  const { accuracy } = table
  const calibration = table.bins.map(
    ({ confidence: promised, accuracy: found, count }): CalibrationPoint => ({
      promised,
      found,
      // Of the promise: a bin of which all are right still has an error bar.
      error: Math.sqrt(Math.max(0, promised * (1 - promised)) / count),
      count,
    }),
  )
  const promised = confidence.reduce((sum, v) => sum + v, 0) / m
  const variance = confidence.reduce((sum, v) => sum + v * (1 - v), 0)
  return {
    task: 'classes',
    ...common(results),
    score: accuracy,
    scoreError: Math.sqrt((accuracy * (1 - accuracy)) / m),
    loss,
    logLikelihood: -table.logLoss,
    temperature: fit.values.temperature ?? Number.NaN,
    confusion,
    calibration,
    calibrationError: table.expectedCalibrationError,
    calibrationFloor: table.floor,
    bias: { value: accuracy - promised, error: Math.sqrt(variance) / m },
  }
}

function ofNumbers(results: RegressResults, y: ArrayLike<number>): RegressNumbers {
  const { fit } = results
  const mean = fit.arrays.mean.dataSync()
  const deviation = fit.arrays.deviation.dataSync()
  const m = y.length
  const off = Float64Array.from(y, (v, i) => (v - (mean[i] as number)) / (deviation[i] as number))
  let [square, logLikelihood] = [0, 0]
  for (let i = 0; i < m; i++) {
    square += ((y[i] as number) - (mean[i] as number)) ** 2 / m
    logLikelihood -=
      ((off[i] as number) ** 2 / 2 + Math.log((deviation[i] as number) * Math.sqrt(2 * Math.PI))) / m
  }
  // The share of the Gaussian that lies nearer to its mean than the target does.
  const inside = erf(div(tensor(off.map(Math.abs)), Math.SQRT2)).dataSync()
  const shareWithin = (level: number): number =>
    Array.from(inside).filter((share) => share <= level).length / m
  const calibration = levels.map(
    (level): CalibrationPoint => ({
      promised: level,
      found: shareWithin(level),
      error: Math.sqrt((level * (1 - level)) / m),
      count: m,
    }),
  )
  return {
    task: 'numbers',
    ...common(results),
    score: r2Of(mean, y),
    scoreError: Number.NaN,
    rmse: Math.sqrt(square),
    loss: square / 2,
    logLikelihood,
    calibration,
    calibrationError: calibrationError(calibration),
    calibrationFloor: calibrationFloor(calibration),
    bias: { value: shareWithin(0.95) - 0.95, error: Math.sqrt((0.95 * 0.05) / m) },
  }
}
