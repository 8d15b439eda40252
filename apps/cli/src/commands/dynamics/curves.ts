import type { Tensor } from '@ntk/tensor'
import type { StageContext } from '../../experiment/stage.js'
import type { CurveName } from '../../figures/curves.js'
import { accuracyOf, lossOf } from '../../measures/numbers.js'
import { float64s, rowsOf, stackRows } from '../../measures/rows.js'
import type { MetricsRow } from '../../runs/metrics.js'
import type { Setup } from './setup.js'
import type { DataOutput } from './stages/data.js'

/** The outputs of one way of training (or predicting it) on both sets at every evaluated step. */
export interface Curve {
  /** One array [n k] an evaluated step. */
  readonly train: readonly ArrayLike<number>[]
  readonly test: readonly ArrayLike<number>[]
  /** Added to the loss, where outputs are means over an ensemble: half of the mean variance. */
  readonly extraLoss?: { readonly train: readonly number[]; readonly test: readonly number[] }
}

/** Loss and accuracy of a curve at every evaluated step. */
export interface CurveNumbers {
  readonly steps: readonly number[]
  readonly train: { readonly loss: readonly number[]; readonly accuracy: readonly number[] }
  readonly test: { readonly loss: readonly number[]; readonly accuracy: readonly number[] }
}

/** What a stage leaves of a curve: its numbers, and its outputs [evaluations, n, k]. */
export interface CurveOutput {
  readonly values: { readonly curve: CurveNumbers }
  readonly arrays: { readonly f_train: Tensor; readonly f_test: Tensor }
}

export interface Targets {
  readonly train: Float64Array
  readonly test: Float64Array
  /** Outputs a sample. */
  readonly columns: number
}

export function targetsOf({ arrays }: DataOutput): Targets {
  return {
    train: float64s(arrays.y_train),
    test: float64s(arrays.y_test),
    columns: arrays.y_train.shape[1] ?? 1,
  }
}

function measureCurve(curve: Curve, steps: readonly number[], targets: Targets): CurveNumbers {
  const of = (split: 'train' | 'test'): { loss: number[]; accuracy: number[] } => ({
    loss: curve[split].map((f, i) => lossOf(f, targets[split]) + (curve.extraLoss?.[split][i] ?? 0)),
    accuracy: curve[split].map((f) => accuracyOf(f, targets[split], targets.columns)),
  })
  return { steps, train: of('train'), test: of('test') }
}

/** What a stage keeps of a finished curve. */
export function curveOutput(setup: Setup, data: DataOutput, curve: Curve): CurveOutput {
  const targets = targetsOf(data)
  const stack = (split: 'train' | 'test'): Tensor =>
    stackRows(curve[split], [targets[split].length / targets.columns, targets.columns])
  return {
    values: { curve: measureCurve(curve, setup.steps, targets) },
    arrays: { f_train: stack('train'), f_test: stack('test') },
  }
}

/** Writes the rows of a curve that was not trained to the metrics. `time` is step times learning rate. */
export function recordCurve(
  context: Pick<StageContext, 'record'>,
  curve: CurveName,
  width: number | null,
  rate: number,
  numbers: CurveNumbers,
): void {
  const rows = (['train', 'test'] as const).flatMap((split) =>
    numbers.steps.map(
      (step, i): Omit<MetricsRow, 'stage'> => ({
        curve,
        width,
        split,
        step,
        time: step * rate,
        loss: numbers[split].loss[i] ?? null,
        accuracy: numbers[split].accuracy[i] ?? null,
      }),
    ),
  )
  context.record(rows)
}

/** The test outputs of a finished curve, one array [n k] an evaluated step. */
export function testOutputs({ arrays }: Pick<CurveOutput, 'arrays'>): Float64Array[] {
  return rowsOf(arrays.f_test)
}
