import { add, div, mul, sub } from '@ntk/tensor'
import type { Rule } from '@ntk/tensor/options'
import { asNumber, type Num } from '../numbers.js'
import { type Activation, activation } from './activation.js'
import { aDegree } from './degree.js'
import { factorial, type HermiteTerm, hermiteMean, mehler } from './polynomial-dual.js'
import { power } from './power.js'

/** h_n(√v x) = Σ_j √(n!/l!)/(2^j j!) (v − 1)^j v^{l/2} h_l(x), l = n − 2j: for variances of 1 the last term alone. */
function terms(degree: Num): HermiteTerm[] {
  const n = asNumber(degree)
  return Array.from({ length: Math.floor(n / 2) + 1 }, (_, j): HermiteTerm => {
    const l = n - 2 * j
    const scale = Math.sqrt(factorial(n) / factorial(l)) / (2 ** j * factorial(j))
    return { l, r: (v) => mul(power(sub(v, 1), j), scale) }
  })
}

const options: { readonly degree: Rule<number> } = { degree: aDegree() }

export const Hermite: Activation<typeof options, 'degree'> = activation({
  name: 'Hermite',
  summary: 'The Hermite polynomial of `degree`, orthonormal under the normal distribution: He_n(x)/√n!.',
  options,
  examples: [{ degree: 0 }, { degree: 2 }, { degree: 3 }],
  argument: 'degree',
  apply: (x, { degree }) => {
    // √(n+1) h_{n+1} = x h_n − √n h_{n−1}
    let before = mul(x, 0)
    let here = add(before, 1)
    for (let n = 0; n < degree; n++) {
      const next = div(sub(mul(x, here), mul(before, Math.sqrt(n))), Math.sqrt(n + 1))
      before = here
      here = next
    }
    return here
  },
  dual: {
    pair: (covariances, { degree }) => mehler(covariances, terms(degree)),
    variance: (q, { degree }) => mehler({ q, q11: q, q22: q }, terms(degree))[0],
    mean: (q, { degree }) => hermiteMean(q, terms(degree)),
  },
})
