import { type Activation, activation, type None } from './activation.js'
import { erfDual, shiftedErf } from './erf.js'

const shape = { a: 0.5, b: 1 / 2.4020563531719796, c: 0.5 } as const

export const SigmoidLike: Activation<None> = activation({
  name: 'SigmoidLike',
  summary: '(1 + erf(x / 2.4020563531719796)) / 2: close to the logistic function, and with a closed kernel.',
  options: {},
  apply: (x) => shiftedErf(x, shape),
  dual: erfDual(() => shape),
})
