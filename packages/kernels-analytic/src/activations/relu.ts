import { relu } from '@ntk/tensor'
import { abReluDual } from './ab-relu.js'
import { type Activation, activation, type Defaulted } from './activation.js'
import { doStabilize } from './stabilize.js'

const options: { readonly doStabilize: Defaulted<boolean> } = { doStabilize }

export const Relu: Activation<typeof options> = activation({
  name: 'Relu',
  summary: 'max(x, 0).',
  options,
  apply: (x) => relu(x),
  dual: abReluDual(() => ({ a: 0, b: 1 })),
})
