import { exp, mul, neg, sin } from '@ntk/tensor'
import { type Activation, activation, type None } from './activation.js'

export const Gabor: Activation<None> = activation({
  name: 'Gabor',
  summary: 'e^{−x²} sin x.',
  options: {},
  apply: (x) => mul(exp(neg(mul(x, x))), sin(x)),
  dual: null,
})
