import {
  abs,
  add,
  atan2,
  div,
  erf,
  expm1,
  greater,
  maximum,
  minimum,
  mul,
  neg,
  onesLike,
  square,
  sub,
  type Value,
  where,
} from '@ntk/tensor'
import { legendre } from '../quadrature/legendre.js'
import { densityOf, tailOf } from './owen.js'
import { type Geometry, type Ramp, together, unlessRounding } from './ramp-pairs.js'

/** The bounds of clip(x, lo, hi), with lo <= 0 < hi. */
export interface Clip {
  readonly lo: number
  readonly hi: number
}

/** Variances from which on sums of ramps lose more digits than `clipped`. */
export const LARGE = 400

/** Beyond, e^{−x²/2} is nothing beside 1. */
const FAR = 8.7
const rule = legendre(28)

/** (1 − e^{−z})/z */
function share(z: Value): Value {
  const positive = greater(z, 1e-300)
  return where(positive, neg(div(expm1(neg(z)), where(positive, z, 1))), 1)
}

/**
 * W(h, a) = (1/2π) ∫_0^a (1 − e^{−h²(1 + x²)/2}) / (1 + x²) dx: the chance of the triangle between 0 and the points 0 and a h of the line at the
 * distance h, of small h to the last digit of itself. It is what Owen's T(h, a) lacks to its value at h = 0.
 */
function triangle(h: Value, a: Value): Value {
  const size = minimum(abs(a), 1e100)
  const most = minimum(mul(size, h), FAR)
  const squared = square(h)
  const near = rule.at
    .map((x, i) => mul(share(mul(add(square(mul(most, x)), squared), 0.5)), rule.weights[i] as number))
    .reduce((s, t) => add(s, t))
  const all = mul(erf(mul(h, Math.SQRT1_2)), 0.25)
  const beyond = mul(atan2(onesLike(size), size), 1 / (2 * Math.PI))
  const chance = where(
    greater(mul(size, h), FAR),
    sub(all, beyond),
    mul(mul(mul(h, most), near), 1 / (4 * Math.PI)),
  )
  return where(greater(0, a), neg(chance), chance)
}

/** A pair seen from u: all that is known given u, its first input. */
interface Side {
  readonly variance: Value
  readonly deviation: Value
  /** Of v given u. */
  readonly rest: Value
  /** (t q11 − x q)/(√q11 · root): how far v = t is from its mean where u = x, in its deviations there. */
  readonly away: (t: number, x: number) => Value
}

const sidesOf = (g: Geometry): readonly [Side, Side] => {
  const root = maximum(g.root, 1e-150)
  const side = (variance: Value, deviation: Value): Side => ({
    variance,
    deviation,
    rest: div(g.root, deviation),
    away: (t, x) => {
      // t q11 − x q = t (q11 − q) + (t − x) q, and with −q where x and t have other signs.
      const flipped = t * x < 0
      const [q, y] = flipped ? [neg(g.q), -x] : [g.q, x]
      const over = add(mul(sub(variance, q), t), mul(q, t - y))
      const exact = unlessRounding(over, mul(variance, Math.max(Math.abs(t), Math.abs(x))), g.root)
      return maximum(minimum(div(exact, mul(deviation, root)), 1e100), -1e100)
    },
  })
  return [side(g.q11, g.s1), side(g.q22, g.s2)]
}

/** P(lo < u < hi, lo < v < hi): the triangles from 0 to the sides of the square where u is constant. */
function inside({ lo, hi }: Clip, { deviation, away }: Side): Value {
  const edge = (x: number, from: number, to: number): Value => {
    const h = div(x, deviation)
    const corner = (t: number): Value => triangle(h, div(away(t, x), h))
    return sub(corner(to), corner(from))
  }
  const right = edge(hi, lo, hi)
  // The side u = lo of (u, v) is the side −lo of (−u, −v).
  return lo === 0 ? right : add(right, edge(-lo, -hi, -lo))
}

/** Means of v given u = x: P(lo < v < hi), E[clip v], and E[clip v; v < lo or v > hi]. */
function given({ lo, hi }: Clip, x: number, g: Geometry, side: Side) {
  const [a, b] = [side.away(lo, x), side.away(hi, x)]
  const within = sub(tailOf(a), tailOf(b))
  const beyond = sub(mul(tailOf(b), hi), mul(tailOf(neg(a)), -lo))
  // φ(a) − φ(b), of densities that are nearly the same.
  const log = mul(mul(sub(b, a), add(b, a)), 0.5)
  const densities = where(
    greater(log, 0),
    neg(mul(densityOf(a), expm1(neg(maximum(log, 0))))),
    mul(densityOf(b), expm1(minimum(log, 0))),
  )
  const mean = mul(div(g.q, side.variance), x)
  const all = add(beyond, add(mul(mean, within), mul(side.rest, densities)))
  return { within, beyond, all }
}

/** What the sides u = lo and u = hi of the square add to E[clip u clip v]: Stein's lemma on E[u G], where G jumps. */
function edges(clip: Clip, g: Geometry, side: Side): Value {
  const at = (x: number, sign: 1 | -1): Value => {
    const { within, beyond, all } = given(clip, x, g, side)
    const density = div(densityOf(div(x, side.deviation)), side.deviation)
    const jumps = mul(mul(side.variance, add(all, beyond)), -sign)
    return mul(mul(density, add(jumps, mul(mul(g.q, sign * x), within))), 0.5)
  }
  return add(at(clip.hi, 1), at(clip.lo, -1))
}

/**
 * E[φ(u) φ(v)], or with `slopes` that of the slopes, of φ(x) = clip(x, lo, hi) and large variances. Parts are of the size of what they add up to,
 * or of deviations: with u = S + u·1{lo < u < hi}, S the bound that u is beyond,
 *   E[φ(u) φ(v)] = E[S_u S_v] + E[u 1_u φ(v)] + E[S_u v 1_v],
 * and the last two by E[u G] = q11 E[∂G/∂u] + q E[∂G/∂v] are densities at the bounds times means given u or v, and q P(both inside). In both
 * orders, so that it is the same to the bit for (v, u).
 */
export function clipped(clip: Clip, g: Geometry, slopes: boolean): Value {
  const sides = sidesOf(g)
  const both = add(inside(clip, sides[0]), inside(clip, sides[1]))
  if (slopes) return both
  const up: Ramp = { height: 1, start: clip.hi, side: 1 }
  const down: Ramp = { height: 1, start: -clip.lo, side: -1 }
  const [high] = together(up, up, g)
  let beyond = mul(high, clip.hi ** 2)
  if (clip.lo !== 0) {
    const [low] = together(down, down, g)
    const across = add(together(up, down, g)[0], together(down, up, g)[0])
    beyond = add(beyond, add(mul(low, clip.lo ** 2), mul(across, clip.hi * clip.lo)))
  }
  const atEdges = add(edges(clip, g, sides[0]), edges(clip, g, sides[1]))
  return add(beyond, add(atEdges, mul(g.q, both)))
}
