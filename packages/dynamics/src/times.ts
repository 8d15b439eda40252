import { NtkError, reshape, Tensor, transpose } from '@ntk/tensor'
import { optional, type Rule, rule, show } from '@ntk/tensor/options'

/** A time, or several, also as a tensor: results of several have a leading axis of times. */
export type Times = number | readonly number[] | Float64Array | Float32Array | Int32Array | Tensor

/** `t` as an option; what it holds is checked by `readTimes`. */
export const timesRule = (): Rule<Times | null | undefined> =>
  optional(rule('a time or a list of times', () => true))

/** The same where it must be given. */
export const givenTimesRule = (): Rule<Times> =>
  rule('a time or a list of times', (v) => v !== null && v !== undefined)

export interface ReadTimes {
  readonly list: readonly number[]
  /** Whether a list was given, so that results have an axis of times. */
  readonly several: boolean
}

function listed(t: Times | null | undefined): unknown {
  if (t === null || t === undefined) return Infinity
  return Tensor.isInstance(t) ? t.toNested() : t
}

/**
 * The times that were asked for; the end of training where none was. Throws NtkError 'value' on anything but numbers in
 * [0, ∞], on fractions of a step, and on an empty list.
 */
export function readTimes(t: Times | null | undefined, discrete: boolean): ReadTimes {
  const given = listed(t)
  const several =
    Array.isArray(given) ||
    given instanceof Float64Array ||
    given instanceof Float32Array ||
    given instanceof Int32Array
  const list: readonly unknown[] = several ? Array.from(given) : [given]
  if (list.length === 0) {
    throw new NtkError('value', {
      what: 'A prediction needs at least one training time.',
      got: 'an empty list',
      fix: 'Leave t out for the end of training.',
    })
  }
  const checked = list.map((one): number => {
    if (typeof one !== 'number' || !(one >= 0)) {
      throw new NtkError('value', {
        what: 'A training time is a number not below 0, or Infinity.',
        got: show(one),
        fix: 'Write t: 100, or a list of times, t: [0, 100].',
      })
    }
    if (discrete && one !== Infinity && !Number.isSafeInteger(one)) {
      throw new NtkError('value', {
        what: "With dynamics 'steps' a time is a whole number of steps.",
        got: String(one),
        fix: "Use dynamics: 'flow' for fractions.",
      })
    }
    return one
  })
  return { list: checked, several }
}
/** A shape with its axis of times before, where there is one. */
export function timedShape({ list, several }: ReadTimes, shape: readonly number[]): readonly number[] {
  return several ? [list.length, ...shape] : shape
}

/** Columns of all times side by side, [rows, times · k], to [times, rows, k]; without the first axis for a single time. */
export function splitTimes(x: Tensor, { list, several }: ReadTimes): Tensor {
  const [rows = 0, columns = 0] = x.shape
  return several ? transpose(reshape(x, [rows, list.length, columns / list.length]), [1, 0, 2]) : x
}
