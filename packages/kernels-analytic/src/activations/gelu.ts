import { add, atan2, div, erfc, mul, sqrt, square, sub, tanh, type Value } from '@ntk/tensor'
import { boolean } from '@ntk/tensor/options'
import { type Activation, activation, type Defaulted, defaulted, type PairCovariances } from './activation.js'
import { pairDeterminant } from './pair.js'

/**
 * With p = q11 q22, D = (1 + q11)(1 + q22) and δ² = D − q² = 1 + q11 + q22 + (p − q²), a sum of positive terms:
 * T = q/4 + [(q² + p δ²)/(D δ) + q atan2(q, δ)]/2π,
 * Ṫ = 1/4 + atan2(q, δ)/2π + q/(2π δ) (1/δ² + (1 − p)/D + 1) (Tsuchida, Pearce, van der Heide, Roosta and Gallagher 2020).
 */
function pair({ q, q11, q22 }: PairCovariances): readonly [Value, () => Value] {
  const p = mul(q11, q22)
  const d = mul(add(q11, 1), add(q22, 1))
  const delta2 = add(add(add(q11, q22), 1), pairDeterminant(q, q11, q22))
  const delta = sqrt(delta2)
  const angle = atan2(q, delta)
  const turn = 1 / (2 * Math.PI)
  const fraction = div(add(square(q), mul(p, delta2)), mul(d, delta))
  const t = add(mul(q, 0.25), mul(add(fraction, mul(q, angle)), turn))
  const slope = (): Value => {
    const sum = add(add(div(1, delta2), div(sub(1, p), d)), 1)
    return add(add(mul(angle, turn), 0.25), mul(mul(div(q, delta), sum), turn))
  }
  return [t, slope]
}

const options: { readonly approximate: Defaulted<boolean> } = { approximate: defaulted(boolean(), false) }

/** x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), within 5e-4 of x Φ(x) (Hendrycks and Gimpel 2016). */
function byTanh<V extends Value>(x: V): V {
  const inner = mul(mul(x, add(mul(square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI))
  return mul(mul(x, 0.5), add(tanh(inner), 1))
}

export const Gelu: Activation<typeof options> = activation({
  name: 'Gelu',
  summary:
    'x Φ(x), with Φ the cumulative normal distribution; by tanh in finite networks where `approximate`, the kernel stays that of Φ.',
  options,
  examples: [{ approximate: false }, { approximate: true }],
  apply: (x, { approximate }) => (approximate ? byTanh(x) : mul(mul(x, 0.5), erfc(mul(x, -Math.SQRT1_2)))),
  dual: {
    pair,
    variance: (q) => pair({ q, q11: q, q22: q })[0],
    // E[u Φ(u)] = q / √(2π (1 + q)), by parts
    mean: (q) => div(q, sqrt(mul(add(q, 1), 2 * Math.PI))),
  },
})
