import { cpuBackend, NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import { aFunction, either, listOf, optional, type Rule, rule, show } from '@ntk/tensor/options'

/** Rows of the training set, counted from 0. */
export type Rows = readonly number[] | Int32Array

/** The rows that each step sees, one list after another, or as a function of the step. */
export type StepBatches = readonly Rows[] | ((step: number) => Rows)

const isRows = (v: unknown): v is Rows => Array.isArray(v) || v instanceof Int32Array

export const batchesRule = (): Rule<StepBatches | undefined> =>
  optional(
    either(
      listOf(rule<Rows>('a list of rows', isRows), 'a list of the rows of each step'),
      aFunction<(step: number) => Rows>(),
    ),
  )

/** The rows of a step as int32 [b]; null for the whole set. Throws NtkError 'value' on rows that are none. */
export function rowsAt(batches: StepBatches | undefined, step: number, samples: number): Tensor | null {
  if (batches === undefined) return null
  const rows: unknown = typeof batches === 'function' ? batches(step) : batches[step]
  if (rows === undefined && typeof batches !== 'function') {
    throw new NtkError('value', {
      what: `Step ${step} needs a batch, counted from 0.`,
      got: `${batches.length} batches`,
      fix: 'Give as many batches as steps, or a function of the step.',
    })
  }
  const isRow = (v: number): boolean => Number.isSafeInteger(v) && v >= 0 && v < samples
  if (!isRows(rows) || rows.length === 0 || !rows.every(isRow)) {
    throw new NtkError('value', {
      what: `The batch of step ${step} needs rows in [0, ${samples}).`,
      got: show(rows),
      fix: 'Write batches: [[0, 1], [2, 3]], or batches: batchRows(samples, { batchSize, key }) of @ntk/optim.',
    })
  }
  return tensorFromData(Int32Array.from(rows), [rows.length], cpuBackend())
}
