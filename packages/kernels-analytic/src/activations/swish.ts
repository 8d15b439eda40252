import { logistic, mul, type Value } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Num, sizeOfNum } from '../numbers.js'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly beta: Defaulted<number> } = { beta: defaulted(finite(), 1) }

function swish<V extends Value>(x: V, beta: Num): V {
  return mul(x, logistic(beta === 1 ? x : (mul<Value>(x, beta) as V)))
}

export const Swish: Activation<typeof options> = activation({
  name: 'Swish',
  summary: 'x / (1 + e^{−beta x}): SiLU where beta is 1.',
  options,
  examples: [{ beta: 1.4 }],
  apply: (x, { beta }) => swish(x, beta),
  dual: quadratureDual<{ readonly beta: number }>((x, { beta }) => swish(x, beta), {
    scale: ({ beta }) => 1 / Math.max(1e-3, sizeOfNum(beta)),
    hyperparameters: ['beta'],
    series: { name: 'Swish' },
  }),
})
