import { NtkError } from '../errors.js'
import { Tensor } from '../tensor.js'
import { rule } from './kinds.js'
import type { Rule } from './rule.js'
import { show } from './show.js'

const holdsNumbers = (v: unknown): boolean =>
  typeof v === 'number' || Array.isArray(v) || ArrayBuffer.isView(v)

function hint(value: unknown): string | undefined {
  if (holdsNumbers(value)) return 'Make one with tensor(...).'
  return typeof value === 'object' && value !== null && 'then' in value ? 'Await it first.' : undefined
}

export const aTensor = (): Rule<Tensor> => ({ ...rule<Tensor>('a tensor', Tensor.isInstance), hint })

/** Throws NtkError 'value' unless an argument is a tensor; `name` as messages name it. */
export function requireTensor(value: unknown, name: string): asserts value is Tensor {
  if (Tensor.isInstance(value)) return
  throw new NtkError('value', { what: `${name} must be a tensor.`, got: show(value), fix: hint(value) })
}
