import { exp, mul } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly a: Defaulted<number>; readonly b: Defaulted<number> } = {
  a: defaulted(finite(), 1),
  b: defaulted(finite(), -1),
}

export const Gaussian: Activation<typeof options> = activation({
  name: 'Gaussian',
  summary: 'a e^{b x²}.',
  options,
  examples: [{ a: 1, b: -0.5 }],
  apply: (x, { a, b }) => mul(exp(mul(mul(x, x), b)), a),
  dual: null,
})
