import type { Rule } from '@ntk/tensor/options'
import { asNumber, type Num } from '../numbers.js'
import { type Activation, activation } from './activation.js'
import { aDegree } from './degree.js'
import { type HermiteTerm, hermiteMean, mehler, termsOf } from './polynomial-dual.js'
import { power } from './power.js'

const options: { readonly degree: Rule<number> } = { degree: aDegree() }

/** Those that are not 0: l of the degree's own parity. */
function termsOfDegree(degree: Num): HermiteTerm[] {
  const n = asNumber(degree)
  const coef = [...new Array<number>(n).fill(0), 1]
  return termsOf(coef).filter(({ l }) => (n - l) % 2 === 0)
}

export const Monomial: Activation<typeof options, 'degree'> = activation({
  name: 'Monomial',
  summary: 'x^degree.',
  options,
  examples: [{ degree: 0 }, { degree: 2 }, { degree: 3 }],
  argument: 'degree',
  apply: (x, { degree }) => power(x, degree),
  dual: {
    pair: (covariances, { degree }) => mehler(covariances, termsOfDegree(degree)),
    variance: (q, { degree }) => mehler({ q, q11: q, q22: q }, termsOfDegree(degree))[0],
    mean: (q, { degree }) => hermiteMean(q, termsOfDegree(degree)),
  },
})
