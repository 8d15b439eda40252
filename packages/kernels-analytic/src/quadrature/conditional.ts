import { div, mul, type Value } from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import { pairDeterminant, scaledPair } from '../activations/pair.js'
import { deviation } from './polar.js'

/** (q11 q22 − q²) / q11: the variance of v where u is known. */
export function conditional({ q, q11, q22 }: PairCovariances): Value {
  const scaled = scaledPair({ q, q11, q22 }, { small: true })
  const left = div(pairDeterminant(scaled.q, scaled.q11, scaled.q22), deviationSquared(scaled.q11))
  return div(div(left, scaled.scale2), scaled.scale2)
}

/** v, and a little where it is 0. */
export function deviationSquared(v: Value): Value {
  const s = deviation(v)
  return mul(s, s)
}
