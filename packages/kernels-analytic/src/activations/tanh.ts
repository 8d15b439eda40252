import { tanh } from '@ntk/tensor'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type None } from './activation.js'

export const Tanh: Activation<None> = activation({
  name: 'Tanh',
  summary: 'tanh x.',
  options: {},
  apply: (x) => tanh(x),
  dual: quadratureDual((x) => tanh(x), { odd: true, series: { name: 'Tanh' } }),
})
