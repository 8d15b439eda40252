import { stopGradient } from '@ntk/autodiff'
import {
  abs,
  add,
  atan2,
  div,
  equal,
  greater,
  less,
  maximum,
  minimum,
  mul,
  sqrt,
  square,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import { minus, type Num, plus, squared, times } from '../numbers.js'
import type { PairCovariances } from './activation.js'
import { pairDeterminant, scaledPair } from './pair.js'
import type { Slopes } from './slopes.js'

/**
 * The deficit e = 1 − |c| of a pair, c = q / √(q11 q22), goes from layer to layer beside q, whose sign is that of c: inputs draw
 * together in deep networks, a last bit of q moves their angle by that bit over the angle, and so would the NTK be moved. No e is
 * differenced from numbers that are not small themselves. It is a value and no function: derivatives take the way of q.
 */

const constant = (x: Num): Num => (typeof x === 'number' ? x : stopGradient(x))

const constants = ({ q, q11, q22 }: PairCovariances): PairCovariances => stopGradient({ q, q11, q22 })

/** e where nothing is known but the covariances; 1 (uncorrelated) where a variance is 0. */
export function firstDeficit(covariances: PairCovariances): Value {
  const { q, q11, q22 } = scaledPair(covariances, { small: true })
  const p = mul(sqrt(q11), sqrt(q22))
  const some = greater(p, 0)
  const part = div(pairDeterminant(q, q11, q22), where<Value>(some, mul(p, add(p, abs(q))), 1))
  return where<Value>(some, part, 1)
}

/** sin² of the angle: 1 − c² = e (2 − e). */
export function squaredSine(e: Value): Value {
  return mul(e, sub<Value>(2, e))
}

/**
 * e of a min(x, 0) + b max(x, 0), with A = (a² + b²)/2, B = (a − b)²/2π and the acute angle θ:
 * A (1 − c') = A e − B (sin θ − θ cos θ), of a negative q with the angle of −q and (a + b)²/2 |c| more.
 */
export function abReluDeficit(given: PairCovariances, slopes: Slopes<Num>): Value {
  const { q, q11, q22 } = constants(given)
  const [a, b] = [constant(slopes.a), constant(slopes.b)]
  const slope = times(plus(squared(a), squared(b)), 0.5)
  const curvature = times(squared(minus(a, b)), 1 / (2 * Math.PI))
  const e = given.deficit ?? firstDeficit({ q, q11, q22 })
  const cosine = sub<Value>(1, e)
  const sine = sqrt(squaredSine(e))
  const bent = mul<Value>(sub(sine, mul(atan2(sine, cosine), cosine)), curvature)
  const mirrored = where<Value>(less(q, 0), mul<Value>(cosine, times(squared(plus(a, b)), 0.5)), 0)
  const lacking = maximum(add(sub(mul<Value>(e, slope), bent), mirrored), 0)
  // Without slopes nothing is left, and nothing correlated.
  const scale = mul<Value>(add(mul(e, 0), 1), slope)
  const after = where<Value>(equal(scale, 0), 1, div(lacking, where<Value>(equal(scale, 0), 1, scale)))
  return minimum(after, sub<Value>(2, after))
}

/**
 * e behind an affine layer, K' = w K + b: with p = √(q11 q22), p' = √(q11' q22') and E = b w (√q11 − √q22)² / (p' + w p + b), for a bias
 * makes samples of unequal lengths alike, p' e' = w p e + E, and where q is negative w p e + E + 2b, or w p (2 − e) + E where q' is not.
 */
export function affineDeficit(given: PairCovariances, e: Value, wVar: Num, bVar: Num | null): Value {
  if (bVar === null || bVar === 0) return e
  const { q, q11, q22 } = constants(given)
  const [w, b] = [constant(wVar), constant(bVar)]
  const [r1, r2] = [sqrt(q11), sqrt(q22)]
  const after = (x: Value): Value => add<Value>(mul<Value>(x, w), b)
  const p = mul<Value>(mul(r1, r2), w)
  const total = mul(sqrt(after(q11)), sqrt(after(q22)))
  const some = greater(total, 0)
  const whole = where<Value>(some, total, 1)
  const pull = div(mul<Value>(square(sub(r1, r2)), times(w, b)), add<Value>(add(whole, p), b))
  const opposed = where<Value>(
    less(after(q), 0),
    add<Value>(mul(p, e), times(b, 2)),
    mul(p, sub<Value>(2, e)),
  )
  const lacking = add(where<Value>(less(q, 0), opposed, mul(p, e)), pull)
  return where<Value>(some, div(lacking, whole), 1)
}
