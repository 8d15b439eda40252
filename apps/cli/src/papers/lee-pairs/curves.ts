import { crossEntropy, type Loss, mse } from '@ntk/optim'
import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { accuracyOf, lossOf, rmse, rootMeanSquare } from '../../measures/numbers.js'
import { rowsOf } from '../../measures/rows.js'

/** Loss and accuracy of a set at every evaluation. */
export interface SetCurve {
  readonly loss: readonly number[]
  readonly accuracy: readonly number[]
}

export interface Curve {
  readonly train: SetCurve
  readonly test: SetCurve
}

/** Outputs of two models on the test set at the same steps. */
export interface Distance {
  /** Root mean square of their difference. */
  readonly rmse: readonly number[]
  /** Root mean square of how far the first has moved from its start. */
  readonly moved: readonly number[]
}

export function distanceBetween(
  own: readonly ArrayLike<number>[],
  other: readonly ArrayLike<number>[],
): Distance {
  const start = own[0] ?? []
  const pairs = own.map((outputs, i): [ArrayLike<number>, ArrayLike<number>] => [outputs, other[i] ?? []])
  return {
    rmse: pairs.map(([a, b]) => rmse(a, b)),
    moved: own.map((outputs) =>
      rootMeanSquare(Array.from(outputs, (value, i) => value - (start[i] ?? Number.NaN))),
    ),
  }
}

/** Loss and accuracy of outputs [times, n, 1] with targets −1 and 1. */
export function curveOfOutputs(outputs: Tensor, y: Tensor): SetCurve {
  const targets = y.dataSync()
  const rows = rowsOf(outputs)
  return {
    loss: rows.map((row) => lossOf(row, targets)),
    accuracy: rows.map((row) => accuracyOf(row, targets, 1)),
  }
}

export const lossesOf: Readonly<Record<'signs' | 'centred' | 'labels', Loss>> = {
  signs: mse,
  centred: mse,
  labels: crossEntropy,
}

/** Rows of outputs [times][n · k] as [times, samples, k], of the first samples alone. */
export function probesOf(outputs: readonly ArrayLike<number>[], columns: number, samples: number): Tensor {
  const size = Math.min(samples * columns, outputs[0]?.length ?? 0)
  const data = outputs.flatMap((row) => Array.from({ length: size }, (_, i) => row[i] ?? Number.NaN))
  return tensorFromData(Float64Array.from(data), [outputs.length, size / columns, columns])
}

/** One training diverged: the error says what to change. */
export function withRate(error: unknown, rate: number): unknown {
  if (!NtkError.isInstance(error) || error.code !== 'diverged') return error
  return new NtkError('diverged', {
    what: error.what,
    got: `a learning rate of ${rate}`,
    fix: `Take a lower one: --set learningRate=${(rate / 2).toPrecision(2)}.`,
    cause: error,
  })
}
