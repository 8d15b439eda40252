import { add, expm1, mul, neg, relu } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly alpha: Defaulted<number> } = { alpha: defaulted(finite(), 1) }

export const Elu: Activation<typeof options> = activation({
  name: 'Elu',
  summary: 'x above 0, alpha (e^x − 1) below.',
  options,
  examples: [{ alpha: 0.8 }],
  apply: (x, { alpha }) => {
    const below = expm1(mul(-1, relu(neg(x))))
    return add(relu(x), alpha === 1 ? below : mul(below, alpha))
  },
  dual: null,
})
