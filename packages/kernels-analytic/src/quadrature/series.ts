import {
  add,
  matmul,
  mul,
  neg,
  reshape,
  scope,
  sqrt,
  sub,
  type Tensor,
  tensor,
  tensorFromData,
  type Value,
} from '@ntk/tensor'
import { legendre } from './legendre.js'
import type { Fn } from './polar.js'
import { FIRST, sampledOrders, type Tail, tailOf, tailSum } from './tail.js'

/** Terms of a series at most, before its tail. */
export const TERMS: number = FIRST
/** Points on each side of 0, enough for the last order that is looked at, and where they have no weight any more. */
const POINTS = 320
const END = 12.5

interface HalfLine {
  readonly points: Float64Array
  /** h_k(x) φ(x) dx of even and of odd k: those below TERMS, then those of the tail, [POINTS, orders]. */
  readonly polynomials: readonly [Float64Array, Float64Array]
  readonly orders: readonly [number, number]
}

let made: HalfLine | null = null

/** Orthonormal Hermite polynomials: √(k+1) h_{k+1} = x h_k − √k h_{k−1}. */
function halfLine(): HalfLine {
  if (made !== null) return made
  const { at, weights } = legendre(POINTS)
  const points = Float64Array.from(at, (t) => END * t)
  // Where a polynomial of order k stands, [order].
  const places = [0, 1].map((parity) => {
    const place = new Map<number, number>()
    for (let k = parity; k < TERMS; k += 2) place.set(k, place.size)
    return { place, tail: (sampledOrders[parity] as readonly number[]).map((k, i) => [k, i] as const) }
  })
  const orders = places.map(({ place, tail }) => place.size + tail.length) as [number, number]
  const columns = places.map(({ place, tail }) => {
    const all = new Map<number, number[]>([...place].map(([k, i]) => [k, [i]]))
    for (const [k, i] of tail) all.set(k, [...(all.get(k) ?? []), place.size + i])
    return all
  })
  const last = Math.max(...sampledOrders.flat())
  const polynomials = orders.map((n) => new Float64Array(POINTS * n)) as [Float64Array, Float64Array]
  points.forEach((x, j) => {
    let [before, here] = [0, ((weights[j] as number) * END * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)]
    for (let k = 0; k <= last; k++) {
      const parity = (k % 2) as 0 | 1
      for (const i of columns[parity]?.get(k) ?? []) polynomials[parity][j * orders[parity] + i] = here
      const next = (x * here - Math.sqrt(k) * before) / Math.sqrt(k + 1)
      before = here
      here = next
    }
  })
  made = { points, polynomials, orders }
  return made
}

/** The coefficients a_k = E[g(√v z) h_k(z)] of one function at one variance. */
export interface Series {
  readonly terms: Float64Array
  /** The largest of the last coefficients, over the root of Σ a_k²: what is left out is about as large. */
  readonly rest: number
  /** What the terms after the last sum up to; null where they are not those of a kink at 0. */
  readonly tail: Tail | null
}

/** Largest variance, in units of the length over which a function changes, at which the points are enough; and where the tail must say so. */
const LARGEST = 8
const LARGEST_WITH_TAIL = 100

/** What a tail may be off by, in parts of Σ a_k². */
const TAIL_ERROR = 2e-14

/** Variances that are worked on at a time. */
const BLOCK = 256

/** The series of g at each of some variances; null where the points are too few. */
export function seriesOf(
  g: Fn,
  variances: readonly number[],
  scale: number,
  like: Tensor,
): Map<number, Series | null> {
  const found = new Map<number, Series | null>()
  const unit = scale * scale
  const fit = variances.filter((v) => {
    found.set(v, null)
    return v <= LARGEST_WITH_TAIL * unit
  })
  for (let from = 0; from < fit.length; from += BLOCK) {
    const part = fit.slice(from, from + BLOCK)
    scope(() => {
      coefficientsOf(g, part, like).forEach((series, i) => {
        const v = part[i] as number
        found.set(v, v > LARGEST * unit && series.tail === null ? null : series)
      })
    })
  }
  return found
}

function coefficientsOf(g: Fn, variances: readonly number[], { backend }: Tensor): Series[] {
  const { points, polynomials, orders } = halfLine()
  const n = variances.length
  const options = { dtype: 'float64', backend } as const
  const roots = reshape(sqrt(tensor(variances, options)), [n, 1])
  const x: Value = mul(roots, tensorFromData(points, [1, POINTS], backend))
  const [right, left] = [g(x), g(neg(x))] as [Tensor, Tensor]
  const times = (sides: Tensor, parity: 0 | 1): ArrayLike<number> =>
    matmul(sides, tensorFromData(polynomials[parity], [POINTS, orders[parity]], backend)).dataSync()
  const sides = [times(add(right, left), 0), times(sub(right, left), 1)] as const
  return variances.map((_, i) => seriesFrom((parity, k) => sides[parity][i * orders[parity] + k] as number))
}

function seriesFrom(at: (parity: 0 | 1, k: number) => number): Series {
  const terms = new Float64Array(TERMS)
  let size = 0
  for (let k = 0; k < TERMS; k++) {
    const a = at((k % 2) as 0 | 1, k >> 1)
    terms[k] = a
    size += a * a
  }
  const last = terms.subarray(TERMS - 16).reduce((most, a) => Math.max(most, Math.abs(a)), 0)
  const root = Math.sqrt(size)
  const tail = tailOf((parity, sample) => at(parity as 0 | 1, TERMS / 2 + sample))
  // Σ (a_k + δ_k)² is off by 2 Σ a_k δ_k (Cauchy and Schwarz).
  const beyond = Math.sqrt(Math.max(0, tailSum(tail.parts, tail.parts, 0, false)))
  const isRight = 2 * tail.error * (beyond + tail.error) <= TAIL_ERROR * size
  return { terms, rest: last === 0 ? 0 : last / root, tail: isRight ? tail : null }
}

/** What may be left out of a sum, in parts of the standard deviations of g(u) and h(v). */
const LEFT_OUT = 2e-17

/** c and √(1 − c²), which has digits that c has not. */
export interface Correlation {
  readonly c: number
  readonly root: number
}

/**
 * E[g(u) h(v)] = Σ a_k b_k c^k (Mehler's formula), c the correlation of u and v; null where that many terms are too few. Terms after
 * which nothing changes are left out.
 */
export function seriesSum(a: Series, b: Series, { c, root }: Correlation): number | null {
  const size = Math.abs(c)
  const count = size < 1 ? Math.min(TERMS, Math.ceil(Math.log(LEFT_OUT) / Math.log(size)) + 1) : TERMS
  let total = 0
  if (count === TERMS && a.rest * b.rest * size ** TERMS * Math.min(TERMS, 1 / (1 - size)) > LEFT_OUT) {
    if (a.tail === null || b.tail === null) return null
    total = tailSum(a.tail.parts, b.tail.parts, root, c < 0)
  }
  // From the last term on, so that small ones are not lost.
  for (let k = count - 1; k >= 0; k--) total = total * c + (a.terms[k] as number) * (b.terms[k] as number)
  return total
}

/**
 * E[(g(u) − g(v))²] of variables that are nearly equal: Σ (a_k − b_k)² + 2 Σ a_k b_k (1 − c^k), and 1 − c^k over 1 − c is a sum of
 * powers. Null as above.
 */
export function seriesDistance(a: Series, b: Series, { c, root }: Correlation): number | null {
  let [later, powers, apart] = [0, 0, 0]
  if (a.rest * b.rest > LEFT_OUT / TERMS) {
    if (a.tail === null || b.tail === null) return null
    const difference = a.tail.parts.map((x, i) => x - (b.tail?.parts[i] as number))
    apart = tailSum(difference, difference, 0, false)
    later = tailSum(a.tail.parts, b.tail.parts, 0, false)
    // Over 1 − c, as all of the powers.
    const away = (root * root) / (1 + c)
    if (away > 0) powers = (later - tailSum(a.tail.parts, b.tail.parts, root, false)) / away
  }
  for (let k = TERMS - 1; k >= 0; k--) {
    const [x, y] = [a.terms[k] as number, b.terms[k] as number]
    powers = powers * c + later
    later += x * y
    apart += (x - y) ** 2
  }
  return apart + (2 * powers * root * root) / (1 + c)
}
