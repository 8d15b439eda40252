import { Tensor } from '../tensor.js'
import { rule } from './kinds.js'
import type { Rule } from './rule.js'

const holdsNumbers = (v: unknown): boolean =>
  typeof v === 'number' || Array.isArray(v) || ArrayBuffer.isView(v)

export const aTensor = (): Rule<Tensor> => ({
  ...rule<Tensor>('a tensor', Tensor.isInstance),
  hint: (v) => (holdsNumbers(v) ? 'Make one with tensor(...).' : undefined),
})
