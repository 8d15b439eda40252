import { erfc, mul } from '@ntk/tensor'
import { type Activation, activation, type None } from './activation.js'

export const Gelu: Activation<None> = activation({
  name: 'Gelu',
  summary: 'x Φ(x), with Φ the cumulative normal distribution.',
  options: {},
  apply: (x) => mul(mul(x, 0.5), erfc(mul(x, -Math.SQRT1_2))),
  dual: null,
})
