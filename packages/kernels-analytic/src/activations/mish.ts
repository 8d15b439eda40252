import { mul, tanh, type Value } from '@ntk/tensor'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type None } from './activation.js'
import { softplus } from './softplus.js'

function mish<V extends Value>(x: V): V {
  return mul(x, tanh(softplus(x)))
}

/** Mish (Misra 2019). */
export const Mish: Activation<None> = activation({
  name: 'Mish',
  summary: 'x tanh(log(1 + e^x)).',
  options: {},
  apply: (x) => mish(x),
  dual: quadratureDual((x) => mish(x), { series: { name: 'Mish' } }),
})
