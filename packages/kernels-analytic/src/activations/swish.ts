import { logistic, mul } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly beta: Defaulted<number> } = { beta: defaulted(finite(), 1) }

export const Swish: Activation<typeof options> = activation({
  name: 'Swish',
  summary: 'x / (1 + e^{−beta x}).',
  options,
  examples: [{ beta: 1.4 }],
  apply: (x, { beta }) => mul(x, logistic(beta === 1 ? x : mul(x, beta))),
  dual: null,
})
