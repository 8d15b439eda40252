import { add, mul } from '@ntk/tensor'
import { numbers, type Rule } from '@ntk/tensor/options'
import { type Activation, activation } from './activation.js'

const options: { readonly coef: Rule<readonly number[]> } = { coef: numbers() }

export const Polynomial: Activation<typeof options, 'coef'> = activation({
  name: 'Polynomial',
  summary: 'Σ coef[i] x^i.',
  options,
  examples: [{ coef: [0.1, 0.5, -0.2, 0.3] }],
  argument: 'coef',
  apply: (x, { coef }) => coef.reduceRight((sum, c) => add(mul(sum, x), c), mul(x, 0)),
  dual: null,
})
