import { finite, type Rule } from '@ntk/tensor/options'
import { abReluDual, twoSlopes } from './ab-relu.js'
import { type Activation, activation } from './activation.js'

const options: { readonly alpha: Rule<number> } = { alpha: finite() }

export const LeakyRelu: Activation<typeof options> = activation({
  name: 'LeakyRelu',
  summary: 'alpha min(x, 0) + max(x, 0).',
  options,
  examples: [{ alpha: 0.2 }],
  apply: (x, { alpha }) => twoSlopes(x, { a: alpha, b: 1 }),
  dual: { ...abReluDual(({ alpha }) => ({ a: alpha, b: 1 })), hyperparameters: ['alpha'] },
})
