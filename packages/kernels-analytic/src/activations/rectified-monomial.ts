import { maximum, relu, sign } from '@ntk/tensor'
import { nonNegativeInteger, type Rule } from '@ntk/tensor/options'
import { type Activation, activation } from './activation.js'
import { power } from './power.js'

const options: { readonly degree: Rule<number> } = { degree: nonNegativeInteger() }

export const RectifiedMonomial: Activation<typeof options, 'degree'> = activation({
  name: 'RectifiedMonomial',
  summary: 'max(x, 0)^degree; degree 0 is the step that is 1 above 0.',
  options,
  examples: [{ degree: 2 }],
  argument: 'degree',
  apply: (x, { degree }) => (degree === 0 ? maximum(sign(x), 0) : power(relu(x), degree)),
  dual: null,
})
