import { add, mul, sin } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { cosine, sine } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'
import { waveDual } from './waves.js'

const options: {
  readonly a: Defaulted<number>
  readonly b: Defaulted<number>
  readonly c: Defaulted<number>
} = { a: defaulted(finite(), 1), b: defaulted(finite(), 1), c: defaulted(finite(), 0) }

export const Sin: Activation<typeof options> = activation({
  name: 'Sin',
  summary: 'a sin(b x + c).',
  options,
  examples: [
    { a: 1, b: 1, c: 0 },
    { a: 1.1, b: 0.9, c: 0.2 },
  ],
  apply: (x, { a, b, c }) => mul(sin(add(mul(x, b), c)), a),
  // sin(bx + c) = cos c sin bx + sin c cos bx
  dual: {
    ...waveDual(({ a, b, c }) => ({ a, b, sine: cosine(c), cosine: sine(c) })),
    hyperparameters: ['a', 'b', 'c'],
  },
})
