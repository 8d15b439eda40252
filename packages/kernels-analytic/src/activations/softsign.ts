import { abs, add, div, type Value } from '@ntk/tensor'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type None } from './activation.js'

function softsign<V extends Value>(x: V): V {
  return div(x, add(abs(x), 1))
}

export const Softsign: Activation<None> = activation({
  name: 'Softsign',
  summary: 'x / (1 + |x|).',
  options: {},
  apply: (x) => softsign(x),
  dual: quadratureDual((x) => softsign(x), { odd: true, kinked: true }),
})
