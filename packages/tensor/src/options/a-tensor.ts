import { NtkError } from '../errors.js'
import { Tensor } from '../tensor.js'
import { hintOfTensor } from './hint.js'
import { rule } from './kinds.js'
import type { Rule } from './rule.js'
import { show } from './show.js'

export const aTensor = (): Rule<Tensor> => ({
  ...rule<Tensor>('a tensor', Tensor.isInstance),
  hint: hintOfTensor,
})

/** Throws NtkError 'value' unless an argument is a tensor; `name` as messages name it. */
export function requireTensor(value: unknown, name: string): asserts value is Tensor {
  if (Tensor.isInstance(value)) return
  throw new NtkError('value', {
    what: `${name} must be a tensor.`,
    got: show(value),
    fix: hintOfTensor(value),
  })
}
