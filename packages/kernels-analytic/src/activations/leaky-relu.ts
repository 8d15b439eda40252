import { finite, type Rule } from '@ntk/tensor/options'
import { abReluDual, twoSlopes } from './ab-relu.js'
import { type Activation, activation, type Defaulted } from './activation.js'
import { doStabilize } from './stabilize.js'

type Options = { readonly alpha: Rule<number>; readonly doStabilize: Defaulted<boolean> }
const options: Options = { alpha: finite(), doStabilize }

export const LeakyRelu: Activation<Options> = activation({
  name: 'LeakyRelu',
  summary: 'alpha min(x, 0) + max(x, 0).',
  options,
  examples: [{ alpha: 0.2, doStabilize: false }],
  apply: (x, { alpha }) => twoSlopes(x, { a: alpha, b: 1 }),
  dual: { ...abReluDual(({ alpha }) => ({ a: alpha, b: 1 })), hyperparameters: ['alpha'] },
})
