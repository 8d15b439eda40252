import { mul, neg, reshape, scope, sqrt, type Tensor, tensor, type Value } from '@ntk/tensor'
import { legendre } from './legendre.js'
import type { Fn } from './polar.js'

/** Terms of a series at most. */
export const TERMS = 192
/** Points on each side of 0, enough for the last Hermite polynomial, and where it has no weight any more. */
const POINTS = 140
const END = 12.5

interface HalfLine {
  readonly points: Float64Array
  /** h_k(x) φ(x) dx, [TERMS, POINTS]. */
  readonly polynomials: Float64Array
}

let made: HalfLine | null = null

/** Orthonormal Hermite polynomials: √(k+1) h_{k+1} = x h_k − √k h_{k−1}. */
function halfLine(): HalfLine {
  if (made !== null) return made
  const { at, weights } = legendre(POINTS)
  const points = Float64Array.from(at, (t) => END * t)
  const polynomials = new Float64Array(TERMS * POINTS)
  points.forEach((x, j) => {
    let [before, here] = [0, ((weights[j] as number) * END * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)]
    for (let k = 0; k < TERMS; k++) {
      polynomials[k * POINTS + j] = here
      const next = (x * here - Math.sqrt(k) * before) / Math.sqrt(k + 1)
      before = here
      here = next
    }
  })
  made = { points, polynomials }
  return made
}

/** The coefficients a_k = E[g(√v z) h_k(z)] of one function at one variance. */
export interface Series {
  readonly terms: Float64Array
  /** The largest of the last coefficients, over the root of Σ a_k²: what is left out is about as large. */
  readonly rest: number
}

/** Largest variance, in units of the length over which a function changes, at which the points are enough. */
const LARGEST = 8

/** The series of g at each of some variances; null where the points are too few. */
export function seriesOf(
  g: Fn,
  variances: readonly number[],
  scale: number,
  like: Tensor,
): Map<number, Series | null> {
  const { points, polynomials } = halfLine()
  const found = new Map<number, Series | null>()
  const fit = variances.filter((v) => {
    found.set(v, null)
    return v <= LARGEST * scale * scale
  })
  const values = (sign: 1 | -1): Float64Array => {
    const options = { dtype: 'float64', backend: like.backend } as const
    const roots = reshape(sqrt(tensor(fit, options)), [fit.length, 1])
    const x: Value = mul(roots, reshape(tensor(Array.from(points), options), [1, POINTS]))
    return (g(sign === 1 ? x : neg(x)) as Tensor).dataSync() as Float64Array
  }
  if (fit.length === 0) return found
  scope(() => {
    const [right, left] = [values(1), values(-1)]
    const [even, odd] = [new Float64Array(POINTS), new Float64Array(POINTS)]
    fit.forEach((v, i) => {
      for (let j = 0; j < POINTS; j++) {
        const [a, b] = [right[i * POINTS + j] as number, left[i * POINTS + j] as number]
        even[j] = a + b
        odd[j] = a - b
      }
      found.set(v, sumUp(polynomials, even, odd))
    })
  })
  return found
}

function sumUp(polynomials: Float64Array, even: Float64Array, odd: Float64Array): Series {
  const terms = new Float64Array(TERMS)
  let size = 0
  for (let k = 0; k < TERMS; k++) {
    const side = k % 2 === 0 ? even : odd
    let total = 0
    for (let j = 0; j < POINTS; j++) total += (side[j] as number) * (polynomials[k * POINTS + j] as number)
    terms[k] = total
    size += total * total
  }
  const last = terms.subarray(TERMS - 16).reduce((most, a) => Math.max(most, Math.abs(a)), 0)
  return { terms, rest: last === 0 ? 0 : last / Math.sqrt(size) }
}

/** What may be left out of a sum, in parts of the standard deviations of g(u) and h(v). */
const LEFT_OUT = 2e-17

/**
 * E[g(u) h(v)] = Σ a_k b_k c^k (Mehler's formula), c the correlation of u and v; null where that many terms are too few. Terms after
 * which nothing changes are left out.
 */
export function seriesSum(
  { terms: a, rest: ra }: Series,
  { terms: b, rest: rb }: Series,
  c: number,
): number | null {
  const size = Math.abs(c)
  const count = size < 1 ? Math.min(TERMS, Math.ceil(Math.log(LEFT_OUT) / Math.log(size)) + 1) : TERMS
  if (count === TERMS && ra * rb * size ** TERMS * Math.min(TERMS, 1 / (1 - size)) > LEFT_OUT) {
    return null
  }
  // From the last term on, so that small ones are not lost.
  let total = 0
  for (let k = count - 1; k >= 0; k--) total = total * c + (a[k] as number) * (b[k] as number)
  return total
}
