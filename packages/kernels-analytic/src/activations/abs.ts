import { abs } from '@ntk/tensor'
import { abReluDual } from './ab-relu.js'
import { type Activation, activation, type Defaulted } from './activation.js'
import { doStabilize } from './stabilize.js'

const options: { readonly doStabilize: Defaulted<boolean> } = { doStabilize }

export const Abs: Activation<typeof options> = activation({
  name: 'Abs',
  summary: '|x|.',
  options,
  apply: (x) => abs(x),
  dual: abReluDual(() => ({ a: -1, b: 1 })),
})
