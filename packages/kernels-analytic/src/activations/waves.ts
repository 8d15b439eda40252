import { abs, add, clip, exp, less, mul, neg, sinh, sub, type Value, where } from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { type Num, type Nums, squared, times } from '../numbers.js'
import { type Defaulted, type Dual, defaulted, type PairCovariances } from './activation.js'

/** Height, frequency and phase of a wave. */
export type WaveOptions = {
  readonly a: Defaulted<number>
  readonly b: Defaulted<number>
  readonly c: Defaulted<number>
}

export const waveOptions: WaveOptions = {
  a: defaulted(finite(), 1),
  b: defaulted(finite(), 1),
  c: defaulted(finite(), 0),
}

/** a (sine · sin bx + cosine · cos bx). */
interface Wave<N> {
  readonly a: N
  readonly b: N
  readonly sine: N
  readonly cosine: N
}

/**
 * With s = q11 + q22, E[cos bu cos bv] = e^{−b² s/2} cosh b² q (even) and E[sin bu sin bv] = e^{−b² s/2} sinh b² q (odd): each is the
 * derivative of the other in q, over b².
 */
function evenAndOdd({ q, q11, q22 }: PairCovariances, b2: Num): { even: Value; odd: Value } {
  const half = mul(add(q11, q22), 0.5)
  const [near, far] = [exp(mul<Value>(sub(q, half), b2)), exp(neg(mul<Value>(add(q, half), b2)))]
  const x = mul<Value>(q, b2)
  // The difference of the two loses digits where x is small; a product of e^{−b² s/2} with a large sinh would overflow.
  const small = mul(sinh(clip(x, -1, 1)), exp(neg(mul<Value>(half, b2))))
  return {
    even: mul(add(near, far), 0.5),
    odd: where(less(abs(x), 1), small, mul(sub(near, far), 0.5)),
  }
}

/**
 * The dual of a (α sin bx + β cos bx): T = a² (α² odd + β² even),
 * Ṫ = a² b² (α² even + β² odd); the product of a sine and a cosine has no mean (Rahimi and Recht 2007).
 */
export function waveDual<O>(of: (options: Nums<O>) => Wave<Num>): Dual<O> {
  const pair: Dual<O>['pair'] = (covariances, options) => {
    const { a, b, sine, cosine } = of(options)
    const b2 = squared(b)
    const { even, odd } = evenAndOdd(covariances, b2)
    const [a2, inSine, inCosine] = [squared(a), squared(sine), squared(cosine)]
    const mixed = (first: Value, second: Value, scale: Num): Value =>
      add(mul<Value>(first, times(inSine, scale)), mul<Value>(second, times(inCosine, scale)))
    return [mixed(odd, even, a2), () => mixed(even, odd, times(a2, b2))]
  }
  return {
    pair,
    variance: (q, options) => pair({ q, q11: q, q22: q }, options)[0],
    // E[cos bu] = e^{−b² q/2}
    mean: (q, options) => {
      const { a, b, cosine } = of(options)
      const decay = exp(mul<Value>(q, times(squared(b), -0.5)))
      return mul<Value>(decay, times(a, cosine))
    },
  }
}
