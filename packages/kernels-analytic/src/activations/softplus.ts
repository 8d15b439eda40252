import { abs, add, exp, log1p, neg, relu, type Value } from '@ntk/tensor'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type None } from './activation.js'

/** log(1 + e^x) without overflow: e^{−|x|} is at most 1. */
export function softplus<V extends Value>(x: V): V {
  return add(relu(x), log1p(exp(neg(abs(x)))))
}

export const Softplus: Activation<None> = activation({
  name: 'Softplus',
  summary: 'log(1 + e^x).',
  options: {},
  apply: (x) => softplus(x),
  dual: quadratureDual((x) => softplus(x), { series: { name: 'Softplus' } }),
})
