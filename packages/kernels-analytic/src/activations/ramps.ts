import { customJvp } from '@ntk/autodiff'
import {
  abs,
  add,
  div,
  exp,
  greater,
  maximum,
  minimum,
  mul,
  neg,
  sqrt,
  square,
  sub,
  type Value,
  where,
  zerosLike,
} from '@ntk/tensor'
import { deviation } from '../quadrature/polar.js'
import type { Dual, None, PairCovariances } from './activation.js'
import { angleOf } from './angle.js'
import { densityOf, owen, tailOf } from './owen.js'

/** height · max(side · x − start, 0), with start >= 0: a ramp that leads away from 0. */
interface Ramp {
  readonly height: number
  readonly start: number
  readonly side: 1 | -1
}

/** slope · x + Σ ramps: a continuous function of straight pieces that is 0 at 0. */
export interface Straight {
  readonly slope: number
  readonly ramps: readonly Ramp[]
}

const total = (terms: readonly Value[], like: Value): Value =>
  terms.reduce((x, y) => add(x, y), zerosLike(like))

interface Geometry extends PairCovariances {
  readonly s1: Value
  readonly s2: Value
  readonly angle: Value
  readonly root: Value
}

/** A correlation beyond 1 is one of 1, or else a chaotic network would make the excess grow from layer to layer. */
function geometryOf({ q, q11, q22 }: PairCovariances): Geometry {
  const product = mul(q11, q22)
  const most = where(greater(product, 0), sqrt(product), abs(q))
  const covariances = { q: maximum(minimum(q, most), neg(most)), q11, q22 }
  return {
    ...covariances,
    ...angleOf(covariances),
    s1: deviation(covariances.q11),
    s2: deviation(covariances.q22),
  }
}

/**
 * q11 − q and the like, 0 where it is of their last digits only: at an angle that is 0 but for roundings it would be divided by nothing.
 */
function unlessRounding(x: Value, size: Value, root: Value): Value {
  return where(greater(abs(x), mul(size, where(greater(root, 0), 0, 1e-12))), x, 0)
}

/** The chance that both ramps i of u and j of v have begun, and the mean of their product, both of height 1. */
function together(i: Ramp, j: Ramp, g: Geometry): readonly [chance: Value, mean: Value] {
  const { root, s1, s2 } = g
  const opposite = i.side !== j.side
  const q = opposite ? neg(g.q) : g.q
  if (i.start === 0 && j.start === 0) {
    const angle = opposite ? g.angle : sub(Math.PI, g.angle)
    const chance = mul(angle, 1 / (2 * Math.PI))
    return [chance, add(mul(root, 1 / (2 * Math.PI)), mul(q, chance))]
  }
  // With h = t/√q11, k = s/√q22 and correlation ρ: (k − ρ h)/√(1 − ρ²) without cancellation, and the other way round.
  const away = maximum(root, 1e-150)
  const gap = j.start - i.start
  const y1 = div(unlessRounding(add(mul(sub(g.q11, q), j.start), mul(q, gap)), g.q11, root), mul(s1, away))
  const y2 = div(unlessRounding(sub(mul(sub(g.q22, q), i.start), mul(q, gap)), g.q22, root), mul(s2, away))
  const [h, k] = [div(i.start, s1), div(j.start, s2)]
  const tails = mul(add(tailOf(h), tailOf(k)), 0.5)
  const chance = maximum(sub(sub(tails, owen(h, y1)), owen(k, y2)), 0)
  const [own1, own2] = [where(greater(g.q11, 0), s1, 0), where(greater(g.q22, 0), s2, 0)]
  const edges = add(
    mul(mul(mul(own1, j.start), densityOf(h)), tailOf(y1)),
    mul(mul(mul(own2, i.start), densityOf(k)), tailOf(y2)),
  )
  const corner = mul(mul(root, exp(mul(add(square(h), square(y1)), -0.5))), 1 / (2 * Math.PI))
  return [chance, add(sub(mul(add(q, i.start * j.start), chance), edges), corner)]
}

/** E[φ(u) φ(v)] or, with `slopes`, E[φ'(u) φ'(v)]. */
function expectationOf({ slope, ramps }: Straight, covariances: PairCovariances, slopes: boolean): Value {
  const g = geometryOf(covariances)
  const begun = total(
    ramps.map(({ height, start, side }) => {
      const chances = add(tailOf(div(start, g.s1)), tailOf(div(start, g.s2)))
      return mul(chances, height * side)
    }),
    g.q,
  )
  // E[u max(v − t, 0)] = q P(v > t), by Stein
  const straight = mul(add(mul(begun, slope), slope * slope), slopes ? 1 : g.q)
  const both = ramps.flatMap((i) =>
    ramps.map((j) => {
      const [chance, mean] = together(i, j, g)
      return slopes ? mul(chance, i.height * j.height * i.side * j.side) : mul(mean, i.height * j.height)
    }),
  )
  return add(straight, total(both, g.q))
}

/** v given u = x: its mean and its deviation. */
function given(x: number, { q, q11, root, s1 }: Geometry): readonly [mean: Value, deviation: Value] {
  const ratio = where(greater(q11, 0), div(q, where(greater(q11, 0), q11, 1)), 0)
  return [mul(ratio, x), div(root, s1)]
}

/** E[φ(v)] or E[φ'(v)] of v ~ N(mean, s²). */
function meanAt({ slope, ramps }: Straight, mean: Value, s: Value, slopes: boolean): Value {
  const away = maximum(s, 1e-150)
  const terms = ramps.map(({ height, start, side }) => {
    const beyond = sub(mul(mean, side), start)
    const z = div(beyond, away)
    if (slopes) return mul(tailOf(neg(z)), height * side)
    return mul(add(mul(beyond, tailOf(neg(z))), mul(s, densityOf(z))), height)
  })
  return add(total(terms, mean), slopes ? slope : mul(mean, slope))
}

/** The density of N(mean, s²) at x; nothing where s is 0, as everywhere in duals. */
function densityAt(x: number, mean: Value, s: Value): Value {
  const positive = greater(s, 0)
  const width = where(positive, s, 1)
  return where(positive, div(densityOf(div(sub(x, mean), width)), width), 0)
}

/** ∂/∂q11 of E[φ(u) φ(v)] = ½ E[φ''(u) φ(v)], or with `slopes` that of the slopes: φ'' is a pulse at each start. */
function alongVariance(f: Straight, covariances: PairCovariances, slopes: boolean): Value {
  const g = geometryOf(covariances)
  const terms = f.ramps.map(({ height, start, side }) => {
    const x = side * start
    const [mean, s] = given(x, g)
    const p = densityAt(x, zerosLike(g.s1), where(greater(g.q11, 0), g.s1, 0))
    if (!slopes) return mul(mul(p, meanAt(f, mean, s, false)), height / 2)
    // ½ E[δ'(u − x) φ'(v)] = −½ d/dx (p(x) E[φ'(v) | u = x])
    const positive = greater(g.q11, 0)
    const inverse = where(positive, div(1, where(positive, g.q11, 1)), 0)
    const pulses = total(
      f.ramps.map((j) => mul(densityAt(j.side * j.start, mean, s), j.height)),
      mean,
    )
    const change = sub(mul(meanAt(f, mean, s, true), x), mul(g.q, pulses))
    return mul(mul(mul(p, inverse), change), height / 2)
  })
  return total(terms, g.q)
}

/** ∂/∂q of E[φ'(u) φ'(v)]: the density of (u, v) where pulses of φ'' meet. */
function pulsesTogether(f: Straight, covariances: PairCovariances): Value {
  const g = geometryOf(covariances)
  const terms = f.ramps.map(({ height, start, side }) => {
    const x = side * start
    const [mean, s] = given(x, g)
    const p = densityAt(x, zerosLike(g.s1), where(greater(g.q11, 0), g.s1, 0))
    const pulses = f.ramps.map((j) => mul(densityAt(j.side * j.start, mean, s), j.height))
    return mul(mul(p, total(pulses, mean)), height)
  })
  return total(terms, g.q)
}

function differentiable(f: Straight, slopes: boolean): (q: Value, q11: Value, q22: Value) => Value {
  return customJvp(
    (q: Value, q11: Value, q22: Value) => expectationOf(f, { q, q11, q22 }, slopes),
    ([q, q11, q22], [dq, d11, d22]) => {
      const here = { q, q11, q22 }
      const slope = slopes ? pulsesTogether(f, here) : differentiable(f, true)(q, q11, q22)
      const first = alongVariance(f, here, slopes)
      const second = alongVariance(f, { q, q11: q22, q22: q11 }, slopes)
      return add(add(mul(slope, dq), mul(first, d11)), mul(second, d22))
    },
  )
}

/**
 * The dual of a function of straight pieces: chances and means in quadrants, by Owen's T. Large variances cancel in T: its error is
 * 1e-16 of √(q11 q22), also where φ stays small.
 */
export function straightDual(f: Straight): Dual<None> {
  const [t, slope] = [differentiable(f, false), differentiable(f, true)]
  return {
    pair: ({ q, q11, q22 }) => [t(q, q11, q22), () => slope(q, q11, q22)],
    variance: (q) => t(q, q, q),
    mean: (q) => meanAt(f, zerosLike(q), deviation(q), false),
  }
}
