import { abs, add, div, exp, expm1, mul, neg, sin, square, sub, type Value } from '@ntk/tensor'
import { positive } from '@ntk/tensor/options'
import { minus, type Num, squared, times } from '../numbers.js'
import { type Activation, activation, type Defaulted, defaulted, type PairCovariances } from './activation.js'

const options: { readonly a: Defaulted<number> } = { a: defaulted(positive(), 1) }

interface Frequency<N = number> {
  readonly a: N
}

/** −(e^{−c x} − 1), exact for small c x. */
const saturation = (x: Value, c: Num): Value => neg(expm1(mul<Value>(x, minus(0, c))))

/**
 * φ(x) = x + (1 − cos 2ax)/2a, an odd part and an even one. With s = q11 + q22:
 * T = q + [(1 − e^{−2a² q11})(1 − e^{−2a² q22}) + (e^{−a²(s−2q)} − e^{−a²(s+2q)})²/2] / 4a², a sum of terms that lose no digits,
 * Ṫ = 1 + (e^{−2a²(s−2q)} − e^{−2a²(s+2q)})/2.
 */
function pair({ q, q11, q22 }: PairCovariances, { a }: Frequency<Num>): readonly [Value, () => Value] {
  const a2 = squared(a)
  const s = add(q11, q22)
  const apart = sub(s, mul(abs(q), 2))
  const waves = mul(exp(mul<Value>(apart, minus(0, a2))), saturation(abs(q), times(4, a2)))
  const even = add(mul(saturation(q11, times(2, a2)), saturation(q22, times(2, a2))), mul(square(waves), 0.5))
  const t = add(q, div<Value>(even, times(4, a2)))
  const slope = (): Value => {
    const decay = (x: Value): Value => exp(mul<Value>(x, times(-2, a2)))
    return add(mul(sub(decay(sub(s, mul(q, 2))), decay(add(s, mul(q, 2)))), 0.5), 1)
  }
  return [t, slope]
}

/** Snake (Ziyin, Hartwig and Ueda 2020). */
export const Snake: Activation<typeof options> = activation({
  name: 'Snake',
  summary: 'x + sin²(a x)/a: what grows and what repeats in one function.',
  options,
  examples: [{ a: 1 }, { a: 0.4 }],
  apply: (x, { a }) => add(x, div(square(sin(mul(x, a))), a)),
  dual: {
    hyperparameters: ['a'],
    pair,
    variance: (q, o) => pair({ q, q11: q, q22: q }, o)[0],
    // E[u] = 0, and the even part has (1 − e^{−2a² q})/2a
    mean: (q, { a }) => div<Value>(saturation(q, times(2, squared(a))), times(2, a)),
  },
})
