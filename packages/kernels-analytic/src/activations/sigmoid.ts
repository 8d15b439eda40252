import { logistic } from '@ntk/tensor'
import { quadratureDual } from '../quadrature/dual.js'
import { type Activation, activation, type None } from './activation.js'

export const Sigmoid: Activation<None> = activation({
  name: 'Sigmoid',
  summary: '1 / (1 + e^{−x}).',
  options: {},
  apply: (x) => logistic(x),
  dual: quadratureDual((x) => logistic(x), { series: { name: 'Sigmoid' } }),
})
