import { add, exp, mul, onesLike, sin, sub, type Value } from '@ntk/tensor'
import { nonNegative } from '@ntk/tensor/options'
import { times } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly gamma: Defaulted<number> } = { gamma: defaulted(nonNegative(), 1) }

export const Rbf: Activation<typeof options> = activation({
  name: 'Rbf',
  summary: "√2 sin(√(2 gamma) x + π/4): its kernel is e^{−gamma |x − x'|²} (Rahimi and Recht 2007).",
  options,
  examples: [{ gamma: 0.6 }],
  apply: (x, { gamma }) => mul(sin(add(mul(x, Math.sqrt(2 * gamma)), Math.PI / 4)), Math.SQRT2),
  // T = e^{−γ (q11 + q22 − 2q)}, Ṫ = 2γ T, E[φ(u)] = e^{−γ q}
  dual: {
    hyperparameters: ['gamma'],
    pair: ({ q, q11, q22 }, { gamma }) => {
      const t = exp(mul<Value>(sub(mul(q, 2), add(q11, q22)), gamma))
      return [t, () => mul<Value>(t, times(2, gamma))]
    },
    variance: (q) => onesLike(q),
    mean: (q, { gamma }) => exp(mul<Value>(q, times(-1, gamma))),
  },
})
