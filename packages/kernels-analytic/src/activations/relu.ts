import { relu } from '@ntk/tensor'
import { abReluDual } from './ab-relu.js'
import { type Activation, activation, type None } from './activation.js'

export const Relu: Activation<None> = activation({
  name: 'Relu',
  summary: 'max(x, 0).',
  options: {},
  apply: (x) => relu(x),
  dual: abReluDual(() => ({ a: 0, b: 1 })),
})
