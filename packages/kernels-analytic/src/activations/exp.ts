import { exp, mul } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly a: Defaulted<number>; readonly b: Defaulted<number> } = {
  a: defaulted(finite(), 1),
  b: defaulted(finite(), 1),
}

export const Exp: Activation<typeof options> = activation({
  name: 'Exp',
  summary: 'a e^{b x}.',
  options,
  examples: [{ a: 1, b: 0.4 }],
  apply: (x, { a, b }) => mul(exp(mul(x, b)), a),
  dual: null,
})
