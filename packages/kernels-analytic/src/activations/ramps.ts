import { customJvp } from '@ntk/autodiff'
import { add, div, greater, maximum, mul, neg, sub, Tensor, type Value, where, zerosLike } from '@ntk/tensor'
import { deviation } from '../quadrature/polar.js'
import type { Dual, None, PairCovariances } from './activation.js'
import { type Clip, clipped, LARGE } from './clip.js'
import { densityOf, tailOf } from './owen.js'
import { type Geometry, geometryOf, type Ramp, together } from './ramp-pairs.js'

/** slope · x + Σ ramps: a continuous function of straight pieces that is 0 at 0. */
export interface Straight {
  readonly slope: number
  readonly ramps: readonly Ramp[]
  /** Of x between two bounds, and these beyond: the bounds. */
  readonly clip?: Clip
}

const total = (terms: readonly Value[], like: Value): Value =>
  terms.reduce((x, y) => add(x, y), zerosLike(like))

/** E[φ(u) φ(v)] or, with `slopes`, E[φ'(u) φ'(v)]: by ramps, but where both they and their sum cancel. */
function expectationOf(f: Straight, covariances: PairCovariances, slopes: boolean): Value {
  const g = geometryOf(covariances)
  const { clip } = f
  if (clip === undefined) return byRamps(f, g, slopes)
  const most = mul(maximum(covariances.q11, covariances.q22), 1 / LARGE)
  const numbers = numbersOf(most)
  // Of values that are out of sight both are made.
  if (numbers?.every((x) => !(x > 1))) return byRamps(f, g, slopes)
  const large = clipped(clip, g, slopes)
  return where(greater(most, 1), large, byRamps(f, g, slopes))
}

function numbersOf(x: Value): Float64Array | null {
  const numbers = Tensor.isInstance(x) ? x.backend.readSync(x) : null
  return numbers === null ? null : Float64Array.from(numbers as ArrayLike<number>)
}

function byRamps({ slope, ramps }: Straight, g: Geometry, slopes: boolean): Value {
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
 * The dual of a function of straight pieces: chances and means in quadrants, by Owen's T. Large variances cancel in T, to 1e-16 of √(q11 q22):
 * of functions that stay small it is then taken another way (`clipped`), to 1e-16 of the larger deviation.
 */
export function straightDual(f: Straight): Dual<None> {
  const [t, slope] = [differentiable(f, false), differentiable(f, true)]
  return {
    pair: ({ q, q11, q22 }) => [t(q, q11, q22), () => slope(q, q11, q22)],
    variance: (q) => t(q, q, q),
    mean: (q) => meanAt(f, zerosLike(q), deviation(q), false),
  }
}
