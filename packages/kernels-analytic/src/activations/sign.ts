import { sign } from '@ntk/tensor'
import { type Activation, activation, type None } from './activation.js'

export const Sign: Activation<None> = activation({
  name: 'Sign',
  summary: '−1, 0 or 1.',
  options: {},
  apply: (x) => sign(x),
  dual: null,
})
