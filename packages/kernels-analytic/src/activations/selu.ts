import { mul, type Value } from '@ntk/tensor'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type None } from './activation.js'
import { elu } from './elu.js'

/** The fixed point of mean 0 and variance 1 (Klambauer, Unterthiner, Mayr and Hochreiter 2017, eq. 14). */
const scale = 1.0507009873554804934193349852946
const alpha = 1.6732632423543772848170429916717

function selu<V extends Value>(x: V): V {
  return mul(elu(x, alpha), scale)
}

export const Selu: Activation<None> = activation({
  name: 'Selu',
  summary: '1.0507 times Elu of alpha 1.6733: it keeps mean 0 and variance 1.',
  options: {},
  apply: (x) => selu(x),
  dual: quadratureDual((x) => selu(x), { kinked: true }),
})
