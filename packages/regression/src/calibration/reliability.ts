import { NtkError, type Tensor } from '@ntk/tensor'
import { positiveInteger, type RulesFor, readOptions, requireTensor } from '@ntk/tensor/options'
import { onHostNow, shapeError } from '../algebra/host.js'

export interface ReliabilityOptions {
  /** Bins of equally many samples, 15 unless given; samples of one confidence stay in one bin. */
  readonly bins?: number | undefined
}

/** Samples whose confidence is about the same. */
export interface ReliabilityBin {
  readonly count: number
  /** Their mean probability of the class that was predicted. */
  readonly confidence: number
  /** The share of them whose class was that. */
  readonly accuracy: number
  /** The standard error of that share. */
  readonly error: number
}

/** How probabilities and frequencies agree. */
export interface Reliability {
  /** By confidence, ascending. */
  readonly bins: readonly ReliabilityBin[]
  /** The mean over samples of |accuracy − confidence| of their bins (Naeini et al. 2015, with bins of equally many samples). */
  readonly expectedCalibrationError: number
  /** What that is on average for probabilities that are right, by the numbers of samples alone. */
  readonly floor: number
  readonly accuracy: number
  /** Mean −log probability of the true class. */
  readonly logLoss: number
  /** Mean over samples of the sum over classes of (probability − truth)². */
  readonly brier: number
}

const rules = { bins: positiveInteger(15) } satisfies RulesFor<ReliabilityOptions>

/**
 * The reliability table of probabilities [m, C] for classes y [m], positions of columns: `model.classes.indexOf(label)`.
 * Throws NtkError 'shape', 'value' on what is no position of a column, or rows that do not sum to 1.
 */
export function reliability(probabilities: Tensor, y: Tensor, options?: ReliabilityOptions): Reliability {
  const { bins } = readOptions('reliability', rules, options)
  const p = onHostNow(probabilities, 'probabilities of reliability')
  const [m = 0, classes = 0] = p.shape
  if (p.shape.length !== 2 || m === 0 || classes < 2) {
    throw shapeError('probabilities of reliability needs a shape [m, classes].', p.shape)
  }
  const truth = positions(y, m, classes)
  const rows = judged(p.dataSync(), truth, classes)
  const table = binsOf(rows, bins).map(summary)
  const mean = (value: (row: Judged) => number): number => rows.reduce((sum, row) => sum + value(row), 0) / m
  return {
    bins: table,
    expectedCalibrationError: table.reduce(
      (sum, { count, accuracy, confidence }) => sum + (count / m) * Math.abs(accuracy - confidence),
      0,
    ),
    // a mean of count trials of chance p is off by √(2/π) of its standard deviation
    floor: table.reduce(
      (sum, { count, confidence: c }) =>
        sum + (count / m) * Math.sqrt((2 / Math.PI) * Math.max(0, (c * (1 - c)) / count)),
      0,
    ),
    accuracy: mean(({ right }) => (right ? 1 : 0)),
    logLoss: mean(({ ofTruth }) => -Math.log(Math.max(ofTruth, Number.MIN_VALUE))),
    brier: mean(({ square }) => square),
  }
}

function positions(y: Tensor, m: number, classes: number): ArrayLike<number> {
  requireTensor(y, 'y of reliability')
  if (y.shape.length !== 1 || y.shape[0] !== m) {
    throw shapeError(`y of reliability needs a shape [${m}], a class for each row.`, y.shape)
  }
  const truth = y.dataSync()
  const at = truth.findIndex((v: number) => !Number.isInteger(v) || v < 0 || v >= classes)
  if (at < 0) return truth
  throw new NtkError('value', {
    what: `y of reliability needs positions of classes, from 0 to ${classes - 1}.`,
    got: `${truth[at]} at [${at}]`,
    fix: 'Of labels take model.classes.indexOf(label).',
  })
}

interface Judged {
  readonly confidence: number
  readonly right: boolean
  readonly ofTruth: number
  readonly square: number
}

function judged(p: ArrayLike<number>, truth: ArrayLike<number>, classes: number): Judged[] {
  return Array.from({ length: truth.length }, (_, i) => {
    let [best, total, square] = [0, 0, 0]
    for (let c = 0; c < classes; c++) {
      const v = p[i * classes + c] as number
      if (v > (p[i * classes + best] as number)) best = c
      total += v
      square += (v - (truth[i] === c ? 1 : 0)) ** 2
      if (v >= 0) continue
      throw notProbabilities(`${v} at [${i}, ${c}]`)
    }
    if (Math.abs(total - 1) > 1e-4) throw notProbabilities(`a row ${i} with the sum ${total}`)
    const confidence = p[i * classes + best] as number
    return {
      confidence,
      right: best === truth[i],
      ofTruth: p[i * classes + (truth[i] as number)] as number,
      square,
    }
  })
}

const notProbabilities = (got: string): NtkError =>
  new NtkError('value', {
    what: 'probabilities of reliability need rows of numbers not below 0 that sum to 1.',
    got,
    fix: "Take predict(x, { get: 'probabilities' }).",
  })

/** Rows by confidence, in bins of about equally many; equal confidences are not parted. */
function binsOf(rows: readonly Judged[], bins: number): Judged[][] {
  const sorted = rows.toSorted((a, b) => a.confidence - b.confidence)
  const out: Judged[][] = []
  let start = 0
  for (let b = 1; b <= bins && start < sorted.length; b++) {
    let stop = Math.round((b * sorted.length) / bins)
    while (stop < sorted.length && stop > start && sorted[stop]?.confidence === sorted[stop - 1]?.confidence)
      stop++
    if (stop <= start) continue
    out.push(sorted.slice(start, stop))
    start = stop
  }
  return out
}

function summary(rows: readonly Judged[]): ReliabilityBin {
  const count = rows.length
  const confidence = rows.reduce((sum, row) => sum + row.confidence, 0) / count
  const accuracy = rows.filter(({ right }) => right).length / count
  return { count, confidence, accuracy, error: Math.sqrt((accuracy * (1 - accuracy)) / count) }
}
