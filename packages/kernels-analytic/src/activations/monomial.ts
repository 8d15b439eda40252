import { nonNegativeInteger, type Rule } from '@ntk/tensor/options'
import { type Activation, activation } from './activation.js'
import { power } from './power.js'

const options: { readonly degree: Rule<number> } = { degree: nonNegativeInteger() }

export const Monomial: Activation<typeof options, 'degree'> = activation({
  name: 'Monomial',
  summary: 'x^degree.',
  options,
  examples: [{ degree: 3 }],
  argument: 'degree',
  apply: (x, { degree }) => power(x, degree),
  dual: null,
})
