import { add, mul, sin } from '@ntk/tensor'
import { nonNegative } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted } from './activation.js'

const options: { readonly gamma: Defaulted<number> } = { gamma: defaulted(nonNegative(), 1) }

export const Rbf: Activation<typeof options> = activation({
  name: 'Rbf',
  summary: "√2 sin(√(2 gamma) x + π/4): its kernel is e^{−gamma |x − x'|²} (Rahimi and Recht 2007).",
  options,
  examples: [{ gamma: 0.6 }],
  apply: (x, { gamma }) => mul(sin(add(mul(x, Math.sqrt(2 * gamma)), Math.PI / 4)), Math.SQRT2),
  dual: null,
})
