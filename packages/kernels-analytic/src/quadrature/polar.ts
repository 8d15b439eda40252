import {
  add,
  asinh,
  atan2,
  cosh,
  div,
  equal,
  exp,
  greater,
  logicalAnd,
  maximum,
  minimum,
  mul,
  neg,
  reshape,
  sin,
  sinh,
  sqrt,
  square,
  sub,
  sum,
  Tensor,
  tensor,
  type Value,
  where,
} from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import { pairDeterminant, scaledPair } from '../activations/pair.js'
import { legendre } from './legendre.js'

/** A function of a real variable in ops, analytic on both sides of 0. */
export type Fn = (x: Value) => Value

/** Points of each half of a wedge, and along each ray. */
export interface Resolution {
  readonly angular: number
  readonly radial: number
}

/** Beyond this radius the normal distribution of the plane has no weight in float64. */
const RADIUS = 9

/** What stands for 0, so that functions are always seen from one side of it. */
export function leastOf(x: Value): number {
  return x.dtype === 'float32' ? 1e-18 : 1e-150
}

function row(x: readonly number[], like: Value, shape: readonly number[]): Value {
  const dtype = like.dtype as 'float64'
  const options = Tensor.isInstance(like) ? { dtype, backend: like.backend } : { dtype }
  return reshape(tensor(x, options), shape)
}

/** Nodes and weights on [0, to], of shape `shape`, that are as dense at 0 as `unit` asks for: x = unit · sinh s with s even. */
export function graded(
  to: Value,
  unit: Value,
  points: number,
  shape: readonly number[],
): readonly [at: Value, weights: Value] {
  const { at, weights } = legendre(points)
  const length = asinh(div(to, unit))
  const s = mul(length, row(at, unit, shape))
  return [mul(unit, sinh(s)), mul(mul(mul(unit, length), cosh(s)), row(weights, unit, shape))]
}

/** √v, and a little where v is 0. */
export function deviation(v: Value): Value {
  const least = leastOf(v)
  return sqrt(maximum(v, least * least))
}

/** The length over which a function changes as a part of a standard deviation s. */
export function unitOf(s: Value, scale: number): Value {
  return maximum(minimum(div(scale, s), 1), 1e-16)
}

/** r e^{−r²/2} dr on rays, [1, 1, radial]. */
function rays(unit: Value, radial: number): readonly [Value, Value] {
  const [r, weights] = graded(add(mul(unit, 0), RADIUS), unit, radial, [1, 1, radial])
  return [r, mul(mul(r, exp(mul(square(r), -0.5))), weights)]
}

type Signs = readonly (readonly [u: 1 | -1, v: 1 | -1])[]

/**
 * E[g(u) h(v)] of (u, v) ~ N(0, [[q11, q], [q, q22]]) with q, q11, q22 [pairs, 1, 1], in polar coordinates of the independent pair
 * behind (u, v). The lines u = 0 and v = 0 cut the plane into two wedges of angle π − θ, where signs agree, and two of angle θ. With ψ the
 * angle from the line u = 0, u = ±√q11 r sin ψ and v = ±√q22 r sin(W − ψ) in a wedge of angle W. In each the integrand is analytic,
 * whatever the angle: nearly equal inputs make thin wedges and no difficulty. Points are dense towards the lines and the centre,
 * as dense as g and h ask for by the length `scale` over which they change.
 * Error and cost do not depend on θ.
 */
export function polarExpectation(
  g: Fn,
  h: Fn,
  covariances: PairCovariances,
  scale: number,
  resolution: Resolution,
): Value {
  return inPolar((u, v) => mul(g(u), h(v)), covariances, scale, resolution)
}

/** E[(g(u) − g(v))²], as `polarExpectation` of a product: small for nearly equal inputs, and right all the same. */
export function polarDistance(
  g: Fn,
  covariances: PairCovariances,
  scale: number,
  resolution: Resolution,
): Value {
  return inPolar((u, v) => square(sub(g(u), g(v))), covariances, scale, resolution)
}

function inPolar(
  of: (u: Value, v: Value) => Value,
  { q, q11, q22 }: PairCovariances,
  scale: number,
  { angular, radial }: Resolution,
): Value {
  const scaled = scaledPair({ q, q11, q22 }, { small: true })
  const determinant = pairDeterminant(scaled.q, scaled.q11, scaled.q22)
  const apart = greater(determinant, 0)
  const root = where(apart, sqrt(where(apart, determinant, 1)), 0)
  // An input without variance is uncorrelated.
  const sine = where(logicalAnd(equal(root, 0), equal(scaled.q, 0)), 1, root)
  const [s1, s2] = [deviation(q11), deviation(q22)]
  const unit = unitOf(maximum(s1, s2), scale)
  const least = leastOf(q)
  const [r, density] = rays(unit, radial)
  const at = (sign: 1 | -1, x: Value): Value => (sign === 1 ? x : neg(x))

  const wedge = (width: Value, signs: Signs): Value => {
    const [near, weights] = graded(mul(width, 0.5), unit, angular, [1, angular, 1])
    const [alongNear, alongFar] = [sin(near), sin(sub(width, near))]
    const half = (along1: Value, along2: Value): Value => {
      const u = maximum(mul(mul(s1, along1), r), least)
      const v = maximum(mul(mul(s2, along2), r), least)
      const products = signs.map(([a, b]) => of(at(a, u), at(b, v)))
      const ray = sum(
        mul(
          products.reduce((x, y) => add(x, y)),
          density,
        ),
        { axis: -1, keepDims: true },
      )
      return sum(mul(ray, weights), { axis: 1, keepDims: true })
    }
    return add(half(alongNear, alongFar), half(alongFar, alongNear))
  }

  const same = wedge(atan2(sine, neg(scaled.q)), [
    [1, 1],
    [-1, -1],
  ])
  const other = wedge(atan2(sine, scaled.q), [
    [-1, 1],
    [1, -1],
  ])
  return mul(add(same, other), 1 / (2 * Math.PI))
}

/** E[h(√v z)] of z ~ N(0, 1), for v [pairs, 1, 1]; the halves on both sides of 0 apart. */
export function lineExpectation(h: Fn, v: Value, scale: number, { radial }: Resolution): Value {
  const s = deviation(v)
  const unit = unitOf(s, scale)
  const [z, weights] = graded(add(mul(unit, 0), RADIUS), unit, radial, [1, 1, radial])
  const x = maximum(mul(s, z), leastOf(v))
  const density = mul(mul(exp(mul(square(z), -0.5)), weights), 1 / Math.sqrt(2 * Math.PI))
  return sum(mul(add(h(x), h(neg(x))), density), { axis: -1, keepDims: true })
}
