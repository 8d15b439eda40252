import { add, expm1, mul, neg, relu, type Value } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import type { Num } from '../numbers.js'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly alpha: Defaulted<number> } = { alpha: defaulted(finite(), 1) }

/** x above 0, alpha (e^x − 1) below. */
export function elu<V extends Value>(x: V, alpha: Num): V {
  const below = expm1(mul(-1, relu(neg(x))))
  return add(relu(x), alpha === 1 ? below : (mul<Value>(below, alpha) as V))
}

export const Elu: Activation<typeof options> = activation({
  name: 'Elu',
  summary: 'x above 0, alpha (e^x − 1) below.',
  options,
  examples: [{ alpha: 0.8 }],
  apply: (x, { alpha }) => elu(x, alpha),
  dual: quadratureDual<{ readonly alpha: number }>((x, { alpha }) => elu(x, alpha), {
    kinked: true,
    hyperparameters: ['alpha'],
  }),
})
