import { add, cos, mul } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: {
  readonly a: Defaulted<number>
  readonly b: Defaulted<number>
  readonly c: Defaulted<number>
} = { a: defaulted(finite(), 1), b: defaulted(finite(), 1), c: defaulted(finite(), 0) }

export const Cos: Activation<typeof options> = activation({
  name: 'Cos',
  summary: 'a cos(b x + c).',
  options,
  examples: [{ a: 1, b: 1.2, c: 0 }],
  apply: (x, { a, b, c }) => mul(cos(add(mul(x, b), c)), a),
  dual: null,
})
