import { numbers, type Rule } from '@ntk/tensor/options'
import { type Activation, activation } from './activation.js'
import { hermiteMean, mehler, polynomial, termsOf } from './polynomial-dual.js'

const options: { readonly coef: Rule<readonly number[]> } = { coef: numbers() }

export const Polynomial: Activation<typeof options, 'coef'> = activation({
  name: 'Polynomial',
  summary: 'Σ coef[i] x^i.',
  options,
  examples: [{ coef: [0.1, 0.5, -0.2, 0.3] }, { coef: [0.5] }],
  argument: 'coef',
  apply: (x, { coef }) => polynomial(x, coef),
  dual: {
    pair: (covariances, { coef }) => mehler(covariances, termsOf(coef)),
    variance: (q, { coef }) => mehler({ q, q11: q, q22: q }, termsOf(coef))[0],
    mean: (q, { coef }) => hermiteMean(q, termsOf(coef)),
  },
})
