import type { Tensor } from '@ntk/tensor'
import type { CurveName } from '../figures/curves.js'
import type { MetricsRow } from '../runs/metrics.js'
import type { Json, StageContext, StageResult } from '../runs/stages.js'
import { arrayOf, numbersOf, packArrays, rowOf, stackRows, valueOf } from './arrays.js'
import { accuracyOf, lossOf } from './numbers.js'
import type { Setup } from './setup.js'

/** The outputs of one way of training (or predicting it) on both sets at every evaluated step. */
export interface Curve {
  /** One array [n k] an evaluated step. */
  readonly train: readonly ArrayLike<number>[]
  readonly test: readonly ArrayLike<number>[]
  /** Added to the loss, where outputs are means over an ensemble: half of the mean variance. */
  readonly extraLoss?: { readonly train: readonly number[]; readonly test: readonly number[] }
}

/** Loss and accuracy of a curve at every evaluated step, as kept among the values of its stage. */
export interface CurveNumbers {
  readonly steps: readonly number[]
  readonly train: { readonly loss: readonly number[]; readonly accuracy: readonly number[] }
  readonly test: { readonly loss: readonly number[]; readonly accuracy: readonly number[] }
}

export interface Targets {
  readonly train: Float64Array
  readonly test: Float64Array
  /** Outputs a sample. */
  readonly columns: number
}

export function targetsOf(context: Pick<StageContext, 'result'>): Targets {
  const train = arrayOf(context, 'data', 'y_train')
  return {
    train: numbersOf(context, 'data', 'y_train'),
    test: numbersOf(context, 'data', 'y_test'),
    columns: train.shape[1] ?? 1,
  }
}

export function measureCurve(curve: Curve, steps: readonly number[], targets: Targets): CurveNumbers {
  const of = (split: 'train' | 'test'): { loss: number[]; accuracy: number[] } => ({
    loss: curve[split].map((f, i) => lossOf(f, targets[split]) + (curve.extraLoss?.[split][i] ?? 0)),
    accuracy: curve[split].map((f) => accuracyOf(f, targets[split], targets.columns)),
  })
  return { steps, train: of('train'), test: of('test') }
}

/** The outputs of a curve as arrays [evaluations, n, k] for files. */
export function curveArrays(curve: Curve, targets: Targets): { f_train: Tensor; f_test: Tensor } {
  const stack = (split: 'train' | 'test'): Tensor =>
    stackRows(curve[split], [targets[split].length / targets.columns, targets.columns])
  return { f_train: stack('train'), f_test: stack('test') }
}

/** The test outputs of a finished stage, one array [n k] an evaluated step. */
export function testOutputs(
  context: Pick<StageContext, 'result'>,
  stage: string,
  name: string = 'f_test',
): Float64Array[] {
  const rows = arrayOf(context, stage, name).shape[0] ?? 0
  const data = numbersOf(context, stage, name)
  return Array.from({ length: rows }, (_, i) => rowOf(data, rows, i))
}

/** Rows of metrics without their stage: one a split and evaluated step. `time` is step times learning rate. */
export function curveRows(
  curve: CurveName,
  width: number | null,
  rate: number,
  numbers: CurveNumbers,
): Omit<MetricsRow, 'stage'>[] {
  return (['train', 'test'] as const).flatMap((split) =>
    numbers.steps.map((step, i) => ({
      curve,
      width,
      split,
      step,
      time: step * rate,
      loss: numbers[split].loss[i] ?? null,
      accuracy: numbers[split].accuracy[i] ?? null,
    })),
  )
}

/** What a stage keeps of a finished curve: its numbers, and its outputs as npy. */
export function curveResult(
  setup: Setup,
  context: StageContext,
  curve: Curve,
  arrays: Readonly<Record<string, Tensor>> = {},
): StageResult {
  const targets = targetsOf(context)
  const { steps, train, test } = measureCurve(curve, setup.steps, targets)
  return {
    values: { curve: { steps, train, test } },
    files: packArrays({ ...curveArrays(curve, targets), ...arrays }),
  }
}

/** As `curveResult`, for a curve whose rows are not in the metrics yet. */
export function predictedResult(
  setup: Setup,
  context: StageContext,
  name: CurveName,
  curve: Curve,
  arrays: Readonly<Record<string, Tensor>> = {},
): StageResult {
  const numbers = measureCurve(curve, setup.steps, targetsOf(context))
  const rate = valueOf(context, 'empirical', 'learningRate')
  context.record(curveRows(name, name === 'infinite' ? null : setup.width, rate, numbers))
  return curveResult(setup, context, curve, arrays)
}

/** The numbers that a stage has kept of its curve. */
export function curveOf(context: Pick<StageContext, 'result'>, stage: string): CurveNumbers {
  const kept: Json | undefined = context.result(stage).values.curve
  if (kept === undefined) throw new Error(`stage ${stage} has no curve`)
  return kept as unknown as CurveNumbers
}
