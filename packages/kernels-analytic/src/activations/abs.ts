import { abs } from '@ntk/tensor'
import { abReluDual } from './ab-relu.js'
import { type Activation, activation, type None } from './activation.js'

export const Abs: Activation<None> = activation({
  name: 'Abs',
  summary: '|x|.',
  options: {},
  apply: (x) => abs(x),
  dual: abReluDual(() => ({ a: -1, b: 1 })),
})
