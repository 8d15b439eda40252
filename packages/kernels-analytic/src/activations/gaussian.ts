import { add, div, exp, mul, rsqrt, type Value } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Num, squared, times } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted, type PairCovariances } from './activation.js'
import { pairDeterminant } from './pair.js'

const options: { readonly a: Defaulted<number>; readonly b: Defaulted<number> } = {
  a: defaulted(finite(), 1),
  b: defaulted(finite(), -1),
}

interface Bell {
  readonly a: Num
  readonly b: Num
}

/**
 * With D = (1 − 2b q11)(1 − 2b q22) − 4b² q² = 1 − 2b (q11 + q22) + 4b² (q11 q22 − q²): T = a²/√D, Ṫ = 4 a² b² q D^{−3/2}. For b > 0
 * there is no expectation where D is not positive: it is NaN, which kernels refuse.
 */
function pair({ q, q11, q22 }: PairCovariances, { a, b }: Bell): readonly [Value, () => Value] {
  const determinant = mul<Value>(pairDeterminant(q, q11, q22), times(4, squared(b)))
  const d = add(add(mul<Value>(add(q11, q22), times(-2, b)), 1), determinant)
  const t = mul<Value>(rsqrt(d), squared(a))
  return [t, () => mul(div(mul<Value>(q, times(4, squared(b))), d), t)]
}

export const Gaussian: Activation<typeof options> = activation({
  name: 'Gaussian',
  summary: 'a e^{b x²}.',
  options,
  examples: [
    { a: 1, b: -1 },
    { a: 1.3, b: -0.5 },
  ],
  apply: (x, { a, b }) => mul(exp(mul(mul(x, x), b)), a),
  dual: {
    hyperparameters: ['a', 'b'],
    pair,
    variance: (q, o) => pair({ q, q11: q, q22: q }, o)[0],
    mean: (q, { a, b }) => mul<Value>(rsqrt(add(mul<Value>(q, times(-2, b)), 1)), a),
  },
})
