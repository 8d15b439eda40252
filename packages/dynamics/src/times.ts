import { NtkError, reshape, type Tensor, transpose } from '@ntk/tensor'

/** A time, or several: results then have a leading axis of times. */
export type Times = number | readonly number[]

/** The times as a list. Throws NtkError 'value' on anything but numbers in [0, ∞], and on fractions of a step. */
export function timesOf(t: Times, discrete: boolean): readonly number[] {
  const list = typeof t === 'number' ? [t] : t
  for (const one of list) {
    if (typeof one !== 'number' || !(one >= 0)) {
      throw new NtkError('value', {
        what: 'A training time is a number not below 0, or Infinity.',
        got: String(one),
      })
    }
    if (discrete && one !== Infinity && !Number.isSafeInteger(one)) {
      throw new NtkError('value', {
        what: "With dynamics 'steps' a time is a whole number of steps.",
        got: String(one),
        fix: "Use dynamics: 'flow' for fractions.",
      })
    }
  }
  return list
}

/** Columns of all times side by side, [rows, times · k], to [times, rows, k]; without the first axis for a single time. */
export function splitTimes(x: Tensor, t: Times, count: number): Tensor {
  const [rows = 0, columns = 0] = x.shape
  if (typeof t === 'number') return x
  return transpose(reshape(x, [rows, count, count === 0 ? 0 : columns / count]), [1, 0, 2])
}
