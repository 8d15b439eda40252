import {
  add,
  atan2,
  bindComposite,
  type Composite,
  div,
  erf,
  mul,
  sqrt,
  square,
  type Value,
} from '@ntk/tensor'
import { finite } from '@ntk/tensor/options'
import { asNumber, type Num, type Nums, squared, times } from '../numbers.js'
import {
  type Activation,
  activation,
  type Defaulted,
  type Dual,
  defaulted,
  type PairCovariances,
} from './activation.js'
import { decomposition, dualInputs } from './composite.js'
import { pairDeterminant, scaledPair } from './pair.js'

/** Height, steepness and shift. */
export interface ErfShape<N = number> {
  readonly a: N
  readonly b: N
  readonly c: N
}

/**
 * With covariances scaled by b² and R = (1 + 2 q11)(1 + 2 q22) − 4 q² = 1 + 2 (q11 + q22) + 4 (q11 q22 − q²), a sum of
 * positive terms that loses no digits: T = a² (2/π) atan2(2q, √R) + c², Ṫ = a² (4/π) / √R
 * (Williams 1997; Lee et al. 2019, supplement C).
 */
function pair(covariances: PairCovariances, { a, b, c }: ErfShape<Num>): readonly [Value, () => Value] {
  // Large variances in units s1² and s2² of their own: R s1² s2² stays in range.
  const { q, q11, q22, scale1, scale2 } = scaledPair(covariances, { small: false })
  const [unit1, unit2] = [square(scale1), square(scale2)]
  const b2 = squared(b)
  const determinant = mul<Value>(pairDeterminant(q, q11, q22), times(4, squared(b2)))
  const sum = add(mul(q11, unit2), mul(q22, unit1))
  const root = sqrt(add(add(mul<Value>(sum, times(2, b2)), mul(unit1, unit2)), determinant))
  const angle = atan2(mul<Value>(q, times(2, b2)), root)
  const t = add<Value>(mul<Value>(angle, times(squared(a), 2 / Math.PI)), squared(c))
  const slope = (): Value =>
    mul<Value>(div(mul(scale1, scale2), root), times(times(squared(a), b2), 4 / Math.PI))
  return [t, slope]
}

/** The dual by a composite that a backend may fuse. */
export const dualErfComposite: Composite<'dualErf'> = {
  name: 'dualErf',
  decompose: decomposition(pair),
}

/** The dual of a erf(b x) + c, with its numbers read from an activation's options. */
export function erfDual<O>(shapeOf: (options: Nums<O>) => ErfShape<Num>): Dual<O> {
  return {
    pair: (covariances, options) => pair(covariances, shapeOf(options)),
    // E[φ(u)²] = a² (2/π) atan2(2q, √(1 + 4q)) + c² with q scaled by b²
    variance: (q, options) => pair({ q, q11: q, q22: q }, shapeOf(options))[0],
    // erf is odd, so c is left
    mean: (q, options) => {
      const { c } = shapeOf(options)
      return c === 0 ? 'zero' : add<Value>(mul(q, 0), c)
    },
    fused: (options) => {
      const shape = shapeOf(options)
      const [a, b, c] = [asNumber(shape.a), asNumber(shape.b), asNumber(shape.c)]
      const params = { a, b, c }
      return {
        pair: (c, ntk) => {
          const [t, theta = null] = bindComposite(dualErfComposite, dualInputs(c, ntk), params)
          return [t, theta]
        },
        step: { kind: 'erf', a, b, c },
      }
    },
  }
}

/** a erf(b x) + c, without what changes nothing. */
export function shiftedErf<V extends Value>(x: V, { a, b, c }: ErfShape): V {
  const y = erf(b === 1 ? x : mul(x, b))
  const scaled = a === 1 ? y : mul(y, a)
  return c === 0 ? scaled : add(scaled, c)
}

type Options = { readonly a: Defaulted<number>; readonly b: Defaulted<number>; readonly c: Defaulted<number> }
const options: Options = { a: defaulted(finite(), 1), b: defaulted(finite(), 1), c: defaulted(finite(), 0) }

export const Erf: Activation<Options> = activation({
  name: 'Erf',
  summary: 'a erf(b x) + c.',
  options,
  examples: [
    { a: 1, b: 1, c: 0 },
    { a: 1.2, b: 0.7, c: 0.1 },
  ],
  apply: shiftedErf,
  dual: { ...erfDual((o) => o), hyperparameters: ['a', 'b', 'c'] },
})
