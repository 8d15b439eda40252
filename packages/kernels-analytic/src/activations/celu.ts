import { add, div, expm1, mul, neg, relu, type Value } from '@ntk/tensor'
import { positive } from '@ntk/tensor/options'
import { type Num, sizeOfNum } from '../numbers.js'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly alpha: Defaulted<number> } = { alpha: defaulted(positive(), 1) }

function celu<V extends Value>(x: V, alpha: Num): V {
  const below = mul<Value>(expm1(div<Value>(neg(relu(neg(x))), alpha)), alpha)
  return add<Value>(relu(x), below) as V
}

/** Celu (Barron 2017): Elu whose slope is continuous for every alpha. */
export const Celu: Activation<typeof options> = activation({
  name: 'Celu',
  summary: 'x above 0, alpha (e^{x/alpha} − 1) below.',
  options,
  examples: [{ alpha: 1.3 }],
  apply: (x, { alpha }) => celu(x, alpha),
  dual: quadratureDual<{ readonly alpha: number }>((x, { alpha }) => celu(x, alpha), {
    kinked: true,
    scale: ({ alpha }) => Math.min(1, sizeOfNum(alpha)),
    hyperparameters: ['alpha'],
  }),
})
