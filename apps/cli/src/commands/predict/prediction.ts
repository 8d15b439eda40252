import type { ConfidenceBand } from '@ntk/dynamics'
import { crossEntropy } from '@ntk/optim'
import { NtkError, softmax, type Tensor, tensorFromData } from '@ntk/tensor'
import { accuracyOf, lossOf } from '../../measures/numbers.js'
import { float64s, stackRows } from '../../measures/rows.js'
import type { Problem } from './problem.js'
import type { PredictConfig } from './settings.js'

type Band = Pick<ConfidenceBand, 'lower' | 'upper'>

/** Predictions on one set at all times. */
export interface SetPrediction {
  /** [times, samples, outputs]; under cross-entropy logits. */
  readonly mean: Tensor
  /** Under cross-entropy the softmax of the logits, [times, samples, outputs]; else null. */
  readonly probabilities: Tensor | null
  /** Over initializations, [times, samples]; null of a single network, and where the NNGP of the set is not known. */
  readonly deviation: Tensor | null
  /** Edges of the band of the level that is asked for, [times, samples, outputs]; null without one. */
  readonly band: Band | null
  /** ½ mean (f − y)² of the mean, in the units of training, or cross-entropy, and accuracy; null without targets, or of numbers. */
  readonly loss: readonly number[] | null
  readonly accuracy: readonly number[] | null
}

export interface Predictions {
  readonly times: readonly number[]
  readonly of: 'ensemble' | 'network'
  readonly train: SetPrediction
  readonly test: SetPrediction | null
}

/** Outputs and variances at one time. */
export interface AtTime {
  readonly train: Part
  readonly test: Part | null
}

export interface Part {
  readonly mean: Tensor
  /** [samples] */
  readonly variance: Float64Array | null
  /** [samples, outputs] each; null where none is asked for. */
  readonly band: Band | null
}

/** Outputs of one network, which have no distribution. */
export const alone = (mean: Tensor): Part => ({ mean, variance: null, band: null })

/** The predictions of all times on both sets, with losses in the units of training and outputs in those of the user. */
export function predictionsOf(
  problem: Problem,
  { loss }: Pick<PredictConfig, 'loss'>,
  found: readonly AtTime[],
): Pick<Predictions, 'train' | 'test'> {
  const of = (y: Tensor | null, parts: readonly Part[]): SetPrediction => gathered(problem, loss, y, parts)
  const train = of(
    problem.yTrain,
    found.map((one) => one.train),
  )
  if (found[0]?.test === null) return { train, test: null }
  const tested = found.flatMap(({ test }) => test ?? [])
  return { train, test: of(problem.yTest, tested) }
}

function gathered(
  { units, classes }: Problem,
  loss: PredictConfig['loss'],
  y: Tensor | null,
  parts: readonly Part[],
): SetPrediction {
  const [samples = 0, outputs = 1] = parts[0]?.mean.shape ?? []
  const means = parts.map(({ mean }) => float64s(mean))
  const targets = y === null ? null : float64s(y)
  if (targets !== null && targets.length !== samples * outputs) {
    throw new NtkError('shape', {
      what: `Targets of the test set must be of ${samples} samples and ${outputs} outputs, as the predictions are.`,
      got: `${targets.length} numbers`,
    })
  }
  const known = parts.every(({ variance }) => variance !== null)
  const inUnits = (rows: readonly Float64Array[]): Tensor =>
    stackRows(
      rows.map((row) => row.map((v) => v * units.deviation + units.mean)),
      [samples, outputs],
    )
  const mean = inUnits(means)
  const bands = parts.flatMap(({ band }) => band ?? [])
  const crossed = loss === 'cross-entropy'
  const measured = (f: Float64Array, of: Float64Array): number =>
    crossed ? crossEntropyOf(f, of, outputs) : lossOf(f, of)
  return {
    mean,
    probabilities: crossed ? softmax(mean) : null,
    deviation: known
      ? stackRows(
          parts.map(({ variance }) =>
            (variance ?? new Float64Array()).map((v) => Math.sqrt(v) * units.deviation),
          ),
          [samples],
        )
      : null,
    band:
      bands.length < parts.length
        ? null
        : {
            lower: inUnits(bands.map(({ lower }) => float64s(lower))),
            upper: inUnits(bands.map(({ upper }) => float64s(upper))),
          },
    loss: targets === null ? null : means.map((f) => measured(f, targets)),
    accuracy: targets === null || !classes ? null : means.map((f) => accuracyOf(f, targets, outputs)),
  }
}

/** Cross-entropy of logits and probabilities [samples, columns], averaged over samples. */
function crossEntropyOf(outputs: Float64Array, targets: Float64Array, columns: number): number {
  const rows = (x: Float64Array): Tensor => tensorFromData(x, [x.length / columns, columns])
  return crossEntropy(rows(outputs), rows(targets)).dataSync()[0] ?? Number.NaN
}
