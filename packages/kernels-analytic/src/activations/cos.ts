import { add, cos, mul } from '@ntk/tensor'
import { cosine, sine, times } from '../numbers.js'
import { type Activation, activation } from './activation.js'
import { type WaveOptions, waveDual, waveOptions } from './waves.js'

export const Cos: Activation<WaveOptions> = activation({
  name: 'Cos',
  summary: 'a cos(b x + c).',
  options: waveOptions,
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
