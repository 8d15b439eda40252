import { add, exp, mul, type Value } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Num, squared, times } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted, type PairCovariances } from './activation.js'

const options: { readonly a: Defaulted<number>; readonly b: Defaulted<number> } = {
  a: defaulted(finite(), 1),
  b: defaulted(finite(), 1),
}

/** T = a² e^{b² ((q11 + q22)/2 + q)}, Ṫ = b² T: the mean of a log-normal number. */
function pair(
  { q, q11, q22 }: PairCovariances,
  { a, b }: { readonly a: Num; readonly b: Num },
): readonly [Value, () => Value] {
  const exponent = add(mul(add(q11, q22), 0.5), q)
  const t = mul<Value>(exp(mul<Value>(exponent, squared(b))), squared(a))
  return [t, () => mul<Value>(t, squared(b))]
}

export const Exp: Activation<typeof options> = activation({
  name: 'Exp',
  summary: 'a e^{b x}.',
  options,
  examples: [{ a: 1, b: 0.4 }],
  apply: (x, { a, b }) => mul(exp(mul(x, b)), a),
  dual: {
    hyperparameters: ['a', 'b'],
    pair,
    variance: (q, o) => pair({ q, q11: q, q22: q }, o)[0],
    mean: (q, { a, b }) => mul<Value>(exp(mul<Value>(q, times(squared(b), 0.5))), a),
  },
})
