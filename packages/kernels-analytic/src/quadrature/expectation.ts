import { customJvp, jvp } from '@ntk/autodiff'
import {
  abs,
  add,
  div,
  greater,
  less,
  lessEqual,
  mul,
  neg,
  onesLike,
  reshape,
  rsqrt,
  sub,
  tensor,
  type Value,
  where,
} from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import type { Nums } from '../numbers.js'
import { inBatches } from './batches.js'
import { conditional, deviationSquared } from './conditional.js'
import { type Fn, leastOf, lineExpectation } from './polar.js'

/** E[g(u) h(v)], elementwise over shapes that broadcast. */
export type Plane = (g: Fn, h: Fn, covariances: PairCovariances, scale: number) => Value

export type Parity = 'odd' | 'even'

/** A function of x and of options that may be values, analytic on both sides of x = 0. */
export interface Curve<O> {
  (x: Value, options: Nums<O>): Value
  /** Whether its derivatives may jump at 0. */
  readonly kinked: boolean
  /** Whether it is continuous at 0. */
  readonly continuous: boolean
  /** The length over which it changes. */
  readonly scale: (options: Nums<O>) => number
  /** How integrals in the plane are done. */
  readonly plane: Plane
  /** Whether f(−x) = −f(x) or f(x), to the bit; null where neither is known. */
  readonly parity: Parity | null
  /** Its derivative in x. */
  readonly slope: () => Curve<O>
}

/** A curve, whose derivatives come of its ops. */
export function curve<O>(
  f: (x: Value, options: Nums<O>) => Value,
  about: Pick<Curve<O>, 'kinked' | 'continuous' | 'scale' | 'plane' | 'parity'>,
): Curve<O> {
  const { kinked, scale, plane, parity } = about
  let made: Curve<O> | null = null
  const slope = (): Curve<O> => {
    made ??= curve<O>((x, o) => jvp((v: Value) => f(v, o), [x], [onesLike(x)])[1], {
      kinked,
      continuous: !kinked,
      scale,
      plane,
      parity: parity === null ? null : parity === 'odd' ? 'even' : 'odd',
    })
    return made
  }
  const { continuous } = about
  return Object.assign((x: Value, o: Nums<O>) => f(x, o), {
    kinked,
    continuous,
    scale,
    plane,
    parity,
    slope,
  })
}

type Names = readonly string[]

/** A curve with its options. One that is continuous has at 0 what it has there; the derivatives are seen from one side. */
function seen<O>(g: Curve<O>, options: Nums<O>): Fn {
  if (!g.continuous) return (x) => g(x, options)
  return (x) => g(where(lessEqual(abs(x), leastOf(x)), 0, x), options)
}

/** The options that are values, which derivatives are taken in. */
function valuesIn<O>(options: Nums<O>): Names {
  return Object.keys(options).filter((name) => {
    const own: unknown = Reflect.get(options, name)
    return typeof own === 'object' && own !== null && 'dtype' in own
  })
}

function filledIn<O>(options: Nums<O>, names: Names, values: readonly Value[]): Nums<O> {
  return { ...options, ...Object.fromEntries(names.map((name, i) => [name, values[i]])) } as Nums<O>
}

/** The derivative of a curve in one of its options. */
function inOption<O>(f: Curve<O>, name: string): Curve<O> {
  return curve<O>((x, options) => {
    const at = Reflect.get(options, name) as Value
    // One option a point, so that the tangent has the shape of x.
    const spread = add(mul(x, 0), at)
    return jvp((v: Value) => f(x, { ...options, [name]: v } as Nums<O>), [spread], [onesLike(spread)])[1]
  }, f)
}

/** g(0+) − g(0−), or null where g is smooth. */
function jumpOf<O>(g: Curve<O>, options: Nums<O>, like: Value): Value | null {
  if (!g.kinked) return null
  const least = add(mul(sumless(like), 0), leastOf(like))
  return sub(g(least, options), g(neg(least), options))
}

/** A scalar of the dtype of x. */
function sumless(x: Value): Value {
  return tensor(0, { dtype: x.dtype as 'float64' })
}

/** 1/x where x > 0; what is not finite there counts as 0, as everywhere in duals. */
function reciprocalRoot(x: Value): Value {
  const positive = greater(x, 0)
  return where(positive, rsqrt(where(positive, x, 1)), 0)
}

const perTurn = 1 / (2 * Math.PI)

/** The density of (u, v) at (0, 0). */
function densityAtZero({ q, q11, q22 }: PairCovariances): Value {
  return mul(mul(reciprocalRoot(q11), reciprocalRoot(conditional({ q, q11, q22 }))), perTurn)
}

/** E[δ(u) h(v)]: the density of u at 0 times the mean of h where u = 0. */
function atZero<O>(h: Curve<O>, covariances: PairCovariances, options: Nums<O>): Value {
  const mean = meanOf(h, conditional(covariances), options)
  return mul(mul(mean, reciprocalRoot(covariances.q11)), 1 / Math.sqrt(2 * Math.PI))
}

function swapped({ q, q11, q22 }: PairCovariances): PairCovariances {
  return { q, q11: q22, q22: q11 }
}

function total(...terms: readonly (Value | null)[]): Value {
  return terms.filter((x) => x !== null).reduce((x, y) => add(x, y))
}

function product(...factors: readonly (Value | null)[]): Value | null {
  return factors.reduce((x, y) => (x === null || y === null ? null : mul(x, y)))
}

/** ∂/∂q E[g(u) h(v)] = E[g'(u) h'(v)], where g' has a pulse at 0 if g jumps there (Price's theorem). */
function alongCovariance<O>(g: Curve<O>, h: Curve<O>, c: PairCovariances, o: Nums<O>): Value {
  const [jumpG, jumpH] = [jumpOf(g, o, c.q), jumpOf(h, o, c.q)]
  const regular = expectation(g.slope(), h.slope(), c, o)
  if (jumpG === null || jumpH === null) return regular
  return total(
    regular,
    product(jumpG, atZero(h.slope(), c, o)),
    product(jumpH, atZero(g.slope(), swapped(c), o)),
    product(jumpG, jumpH, densityAtZero(c)),
  )
}

/** ∂/∂q11 E[g(u) h(v)] = ½ E[g''(u) h(v)], with pulses as above. */
function alongVariance<O>(g: Curve<O>, h: Curve<O>, c: PairCovariances, o: Nums<O>): Value {
  const regular = expectation(g.slope().slope(), h, c, o)
  const [jump, jumpOfSlope, jumpH] = [jumpOf(g, o, c.q), jumpOf(g.slope(), o, c.q), jumpOf(h, o, c.q)]
  if (jump === null || jumpOfSlope === null || jumpH === null) return mul(regular, 0.5)
  // E[δ'(u) h(v)] = −(q/q11) E[δ(u) h'(v)]
  const moved = total(atZero(h.slope(), c, o), product(jumpH, densityAtZero(c)))
  const ratio = div(c.q, deviationSquared(c.q11))
  return mul(total(regular, product(jumpOfSlope, atZero(h, c, o)), product(neg(jump), ratio, moved)), 0.5)
}

/**
 * The expectation of two functions that are both odd or both even, by that at |q|: opposite inputs have the numbers of equal ones, to the bit, or
 * else a chaotic network would make a last digit that they differ by grow from layer to layer.
 */
function folded(
  { q, q11, q22 }: PairCovariances,
  parity: Parity,
  of: (covariances: PairCovariances) => Value,
): Value {
  const value = of({ q: abs(q), q11, q22 })
  return parity === 'even' ? value : where(less(q, 0), neg(value), value)
}

/**
 * E[g(u) h(v)] of (u, v) ~ N(0, [[q11, q], [q, q22]]), elementwise over shapes that broadcast. Its derivatives are expectations again, of
 * derivatives of g and h.
 */
export function expectation<O>(
  g: Curve<O>,
  h: Curve<O>,
  { q, q11, q22 }: PairCovariances,
  options: Nums<O>,
): Value {
  const names = valuesIn(options)
  const value = (...[c, v1, v2, ...held]: readonly Value[]): Value => {
    const scale = Math.min(g.scale(options), h.scale(options))
    const o = filledIn(options, names, held)
    const f1 = seen(g, o)
    const f2 = g === h ? f1 : seen(h, o)
    const covariances = { q: c as Value, q11: v1 as Value, q22: v2 as Value }
    if (g.parity === null || g.parity !== h.parity) return g.plane(f1, f2, covariances, scale)
    return folded(covariances, g.parity, (pairs) => g.plane(f1, f2, pairs, scale))
  }
  const rule = (primals: readonly Value[], tangents: readonly Value[], out: Value): Value => {
    const [c, v1, v2, ...held] = primals as readonly [Value, Value, Value, ...Value[]]
    const [dc, dv1, dv2, ...dHeld] = tangents as readonly [Value, Value, Value, ...Value[]]
    const o = filledIn(options, names, held)
    const here = { q: c, q11: v1, q22: v2 }
    const terms = [
      mul(alongCovariance(g, h, here, o), dc),
      mul(alongVariance(g, h, here, o), dv1),
      mul(alongVariance(h, g, swapped(here), o), dv2),
      ...names.map((name, i) => {
        const both = add(
          expectation(inOption(g, name), h, here, o),
          expectation(g, inOption(h, name), here, o),
        )
        return mul(both, dHeld[i] as Value)
      }),
    ]
    return reshape(total(...terms), out.shape)
  }
  const held = names.map((name) => Reflect.get(options, name) as Value)
  return customJvp(value, rule)(q, q11, q22, ...held)
}

/** E[h(u)] of u ~ N(0, v). */
export function meanOf<O>(h: Curve<O>, variance: Value, options: Nums<O>): Value {
  const names = valuesIn(options)
  const value = (...[v, ...held]: readonly Value[]): Value => {
    const scale = h.scale(options)
    const o = filledIn(options, names, held)
    return inBatches([v as Value], [v as Value], scale, ([a], at) =>
      lineExpectation(seen(h, o), a as Value, scale, at),
    )
  }
  // ∂/∂v E[h(u)] = ½ E[h''(u)], and ½ φ(0) of a jump of the slope
  const rule = (primals: readonly Value[], tangents: readonly Value[], out: Value): Value => {
    const [v, ...held] = primals as readonly [Value, ...Value[]]
    const [dv, ...dHeld] = tangents as readonly [Value, ...Value[]]
    const o = filledIn(options, names, held)
    const jump = jumpOf(h.slope(), o, v)
    const pulse = jump && mul(mul(reciprocalRoot(v), jump), 1 / Math.sqrt(2 * Math.PI))
    const half = mul(total(meanOf(h.slope().slope(), v, o), pulse), 0.5)
    const terms = names.map((name, i) => mul(meanOf(inOption(h, name), v, o), dHeld[i] as Value))
    return reshape(total(mul(half, dv), ...terms), out.shape)
  }
  const held = names.map((name) => Reflect.get(options, name) as Value)
  return customJvp(value, rule)(variance, ...held)
}
