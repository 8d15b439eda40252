import { add, cos, mul } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { cosine, sine, times } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'
import { waveDual } from './waves.js'

const options: {
  readonly a: Defaulted<number>
  readonly b: Defaulted<number>
  readonly c: Defaulted<number>
} = { a: defaulted(finite(), 1), b: defaulted(finite(), 1), c: defaulted(finite(), 0) }

export const Cos: Activation<typeof options> = activation({
  name: 'Cos',
  summary: 'a cos(b x + c).',
  options,
  examples: [
    { a: 1, b: 1, c: 0 },
    { a: 1, b: 1.2, c: 0 },
  ],
  apply: (x, { a, b, c }) => mul(cos(add(mul(x, b), c)), a),
  // cos(bx + c) = cos c cos bx − sin c sin bx
  dual: {
    ...waveDual(({ a, b, c }) => ({ a, b, sine: times(-1, sine(c)), cosine: cosine(c) })),
    hyperparameters: ['a', 'b', 'c'],
  },
})
