import { NtkError } from '@ntk/tensor'
import { show } from '@ntk/tensor/options'

/** Throws NtkError 'option' unless a number of an optimizer is finite and in range. */
export function requireNumber(
  what: string,
  value: number,
  isIn: (v: number) => boolean,
  range: string,
): void {
  if (Number.isFinite(value) && isIn(value)) return
  throw new NtkError('option', { what: `${what} ${range}.`, got: show(value) })
}
