import { all, any, equal, notEqual, Tensor, type Value, where } from '@ntk/tensor'
import { optional, type Rule, rule } from '@ntk/tensor/options'

/** The option `maskConstant`, which may be NaN or infinite. */
export const maskConstantRule = (): Rule<number | undefined> =>
  optional(rule<number>('a number, which may be NaN', (v) => typeof v === 'number'))

/** Data with their padding taken out. */
export interface MaskedInput {
  /** The data, 0 where they are padding. */
  readonly x: Value
  /** bool [n, spatial...]: positions of which all channels are padding. */
  readonly mask: Value
  /** Whether there may be positions of which only some channels are padding. */
  readonly partial: boolean
}

/** bool, shaped like x: where x is the constant, which may be NaN. It is compared in the dtype of x. */
export function isConstant<V extends Value>(x: V, constant: number): V {
  return Number.isNaN(constant) ? notEqual(x, x) : equal(x, constant)
}

/** Takes the entries of x [n, spatial..., C] that equal `constant` for padding. */
export function maskInput(x: Value, constant: number): MaskedInput {
  const padding = isConstant(x, constant)
  const mask = all(padding, { axis: -1 })
  const partial = x.shape.at(-1) !== 1 && mayDiffer(any(padding, { axis: -1 }), mask)
  return { x: where(padding, 0, x), mask, partial }
}

/** Whether two bools differ somewhere; true where nobody can see it now: in a tracer, or on a device that is read asynchronously. */
function mayDiffer(a: Value, b: Value): boolean {
  const [left, right] = [a, b].map((x) => (Tensor.isInstance(x) ? x.backend.readSync(x) : null))
  if (!left || !right) return true
  return left.some((v, i) => v !== right[i])
}
