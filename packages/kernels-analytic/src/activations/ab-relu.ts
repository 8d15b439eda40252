import {
  add,
  bindComposite,
  type Composite,
  div,
  greater,
  maximum,
  minimum,
  mul,
  sqrt,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import { finite, type Rule } from '@ntk/tensor/options'
import { asNumber, minus, type Num, type Nums, plus, squared, times } from '../numbers.js'
import { type Activation, activation, type Dual, type PairCovariances } from './activation.js'
import { angleOf } from './angle.js'
import { decomposition, dualInputs } from './composite.js'
import { abReluDeficit } from './deficit.js'
import type { Slopes } from './slopes.js'

/**
 * T = (a − b)² √(q11 q22 − q²) / 2π + Ṫ q,  Ṫ = (a² + b²)/2 − (a − b)² θ / 2π,  θ = atan2(√(q11 q22 − q²), q):
 * the arc-cosine kernel of degree 1 (Cho and Saul 2009; Lee et al. 2019, supplement C) for two slopes.
 *
 * At equal, opposite and zero inputs the root is cut out of the derivative, which is then Ṫ in q, finite everywhere.
 */
function pair(covariances: PairCovariances, { a, b }: Slopes<Num>): readonly [Value, () => Value] {
  const curvature = times(squared(minus(a, b)), 1 / (2 * Math.PI))
  const slope = times(plus(squared(a), squared(b)), 0.5)
  const { angle, root } = angleOf(covariances)
  const dotT = sub<Value>(slope, mul<Value>(angle, curvature))
  return [add(mul<Value>(root, curvature), mul(dotT, covariances.q)), () => dotT]
}

/** √q, whose derivative at 0 counts as 0. */
function safeRoot(q: Value): Value {
  const positive = greater(q, 0)
  return where(positive, sqrt(where(positive, q, 1)), 0)
}

/** The dual by a composite that a backend may fuse. */
export const dualAbReluComposite: Composite<'dualAbRelu'> = {
  name: 'dualAbRelu',
  decompose: decomposition(pair),
}

/** The dual of a min(x, 0) + b max(x, 0), with the slopes read from an activation's options. */
export function abReluDual<O>(slopesOf: (options: Nums<O>) => Slopes<Num>): Dual<O> {
  return {
    slopes: slopesOf,
    pair: (covariances, options) => pair(covariances, slopesOf(options)),
    deficit: (covariances, options) => abReluDeficit(covariances, slopesOf(options)),
    // E[φ(u)²] = (a² + b²) q / 2
    variance: (q, options) => {
      const { a, b } = slopesOf(options)
      return mul<Value>(q, times(plus(squared(a), squared(b)), 0.5))
    },
    // E[φ(u)] = (b − a) √(q / 2π)
    mean: (q, options) => {
      const { a, b } = slopesOf(options)
      return mul<Value>(div(safeRoot(q), Math.sqrt(2 * Math.PI)), minus(b, a))
    },
    fused: (options) => {
      const slopes = slopesOf(options)
      const [a, b] = [asNumber(slopes.a), asNumber(slopes.b)]
      const params = { a, b }
      return {
        pair: (c, ntk) => {
          const [t, theta = null] = bindComposite(dualAbReluComposite, dualInputs(c, ntk), params)
          return [t, theta]
        },
        step: { kind: 'abRelu', a, b },
      }
    },
  }
}

/** a min(x, 0) + b max(x, 0). */
export function twoSlopes<V extends Value>(x: V, { a, b }: Slopes): V {
  return add(mul(minimum(x, 0), a), mul(maximum(x, 0), b))
}

const options: { readonly a: Rule<number>; readonly b: Rule<number> } = { a: finite(), b: finite() }

/** The piecewise linear activation with a kink at 0: Relu, LeakyRelu and Abs are special cases. */
export const ABRelu: Activation<typeof options> = activation({
  name: 'ABRelu',
  summary: 'a min(x, 0) + b max(x, 0).',
  options,
  examples: [
    { a: -0.4, b: 1.1 },
    { a: 0.3, b: -2 },
  ],
  apply: twoSlopes,
  dual: { ...abReluDual((o) => o), hyperparameters: ['a', 'b'] },
})
