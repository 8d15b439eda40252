import { add, div, exp, expm1, mul, neg, sin, sqrt, square, sub, type Value } from '@ntk/tensor'
import { type Activation, activation, type None, type PairCovariances } from './activation.js'
import { pairDeterminant } from './pair.js'

/**
 * With s = q11 + q22, p = q11 q22, d = 4(p − q²), D = 2s + d + 1, E = e^{−(s+d+2q)/2D} and R = e^{2q/D}: T = E (R − 1)/2√D and
 * Ṫ = E [A − B + R (A + B)] D^{−5/2}/2 with A = 1 + 2s + 4(q² + p), B = 4q (d + 3s + 2).
 */
function pair({ q, q11, q22 }: PairCovariances): readonly [Value, () => Value] {
  const s = add(q11, q22)
  const d = mul(pairDeterminant(q, q11, q22), 4)
  const below = add(add(mul(s, 2), d), 1)
  const e = exp(neg(div(mul(add(add(s, d), mul(q, 2)), 0.5), below)))
  const turn = div(mul(q, 2), below)
  const root = sqrt(below)
  const t = div(mul(mul(e, expm1(turn)), 0.5), root)
  const slope = (): Value => {
    const a = add(add(mul(s, 2), 1), mul(add(square(q), mul(q11, q22)), 4))
    const b = mul(mul(q, 4), add(add(d, mul(s, 3)), 2))
    const sum = add(sub(a, b), mul(exp(turn), add(a, b)))
    return div(mul(mul(e, sum), 0.5), mul(square(below), root))
  }
  return [t, slope]
}

export const Gabor: Activation<None> = activation({
  name: 'Gabor',
  summary: 'e^{−x²} sin x.',
  options: {},
  apply: (x) => mul(exp(neg(mul(x, x))), sin(x)),
  dual: {
    pair,
    variance: (q) => pair({ q, q11: q, q22: q })[0],
    mean: () => 'zero',
  },
})
