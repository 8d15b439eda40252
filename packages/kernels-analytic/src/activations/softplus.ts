import { abs, add, exp, log1p, neg, relu } from '@ntk/tensor'
import { type Activation, activation, type None } from './activation.js'

export const Softplus: Activation<None> = activation({
  name: 'Softplus',
  summary: 'log(1 + e^x).',
  options: {},
  // without overflow: e^{−|x|} is at most 1
  apply: (x) => add(relu(x), log1p(exp(neg(abs(x))))),
  dual: null,
})
