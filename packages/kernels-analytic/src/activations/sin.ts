import { add, mul, sin } from '@ntk/tensor'
import { cosine, sine } from '../numbers.js'
import { type Activation, activation } from './activation.js'
import { type WaveOptions, waveDual, waveOptions } from './waves.js'

export const Sin: Activation<WaveOptions> = activation({
  name: 'Sin',
  summary: 'a sin(b x + c).',
  options: waveOptions,
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
