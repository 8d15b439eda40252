import {
  add,
  cpuBackend,
  matmul,
  mul,
  neg,
  type SeriesPiece,
  type SeriesTable,
  scope,
  sub,
  type Tensor,
  tensorFromData,
} from '@ntk/tensor'
import type { Fn } from './polar.js'

/** Hermite polynomials at most. */
const ORDERS = 4096
const FEWEST = 64
/** The midpoint rule from −END to END: of an analytic function with this weight its error falls as e^{−2π d/STEP}, d the way to a pole. */
const STEP = 1 / 28
const END = 13
const POINTS = END / STEP

/** Powers of the variance in a piece. */
const POWERS = 15
/** Variances of pieces, in units of the length over which φ changes: the first ends here, the last there, and each is √2 times the one before. */
const FIRST = 1 / 256
const LAST = 16

/** What may be left out of Ṫ, in parts of it at equal inputs. */
const LEFT_OUT = 2 ** -53
/** Numbers of terms that sums may stop at. */
const COUNTS = [
  4, 6, 8, 11, 14, 18, 24, 32, 42, 56, 74, 98, 130, 172, 228, 300, 400, 530, 700, 930, 1230, 1620, 2048,
]
/** Coefficients are lost in roundings below, in parts of the largest. */
const ROUNDING = 1e-16
/** What coefficients and polynomials may be off, in parts of the root of Σ k a_k². */
const EXACT = 1e-14

const onHost = (x: Float64Array, shape: readonly number[]): Tensor => tensorFromData(x, shape, cpuBackend())

/** The points x > 0, [1, POINTS]. */
const points = (): Tensor =>
  onHost(
    Float64Array.from({ length: POINTS }, (_, j) => (j + 0.5) * STEP),
    [1, POINTS],
  )

type Polynomials = readonly [even: Float64Array, odd: Float64Array]

const polynomials = new Map<number, Polynomials>()

/** h_k(x) φ(x) dx of even k and of odd k, [POINTS, orders / 2]; orthonormal: √(k+1) h_{k+1} = x h_k − √k h_{k−1}. */
function polynomialsOf(orders: number): Polynomials {
  const known = polynomials.get(orders)
  if (known !== undefined) return known
  const half = orders / 2
  const sides = [new Float64Array(POINTS * half), new Float64Array(POINTS * half)] as const
  for (let j = 0; j < POINTS; j++) {
    const x = (j + 0.5) * STEP
    let [before, here] = [0, (STEP * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)]
    for (let k = 0; k < orders; k++) {
      sides[(k % 2) as 0 | 1][j * half + (k >> 1)] = here
      const next = (x * here - Math.sqrt(k) * before) / Math.sqrt(k + 1)
      before = here
      here = next
    }
  }
  polynomials.set(orders, sides)
  return sides
}

/** Coefficients a_0, a_1, ... of φ at some variances, `orders` of them (an even number), [variances][orders]. */
type Coefficients = (orders: number) => Float64Array[]

function coefficientsAt(g: Fn, variances: readonly number[]): Coefficients {
  const x = mul(onHost(Float64Array.from(variances, Math.sqrt), [variances.length, 1]), points())
  const [right, left] = [g(x), g(neg(x))] as [Tensor, Tensor]
  const [even, odd] = [add(right, left), sub(right, left)]
  return (orders) => {
    const half = orders / 2
    const [first, second] = polynomialsOf(orders)
    const times = (x: Tensor, polynomials: Float64Array): ArrayLike<number> =>
      matmul(x, onHost(polynomials, [POINTS, half])).dataSync()
    const sides = [times(even, first), times(odd, second)] as const
    return variances.map((_, i) => {
      const a = new Float64Array(orders)
      for (let k = 0; k < orders; k++) a[k] = sides[(k % 2) as 0 | 1][i * half + (k >> 1)] as number
      return a
    })
  }
}

/** Σ k a_k² over the orders from `first` to before `stop`. */
function weightOf(a: Float64Array, first: number, stop = a.length): number {
  let sum = 0
  for (let k = first; k < stop; k++) sum += k * (a[k] as number) ** 2
  return sum
}

/**
 * As many coefficients as count beside any others; null where they do not fall fast enough for a sum of them. Those of an analytic
 * function fall as e^{−√k}: the rest is some times what fell last.
 */
function allThatCount(of: Coefficients): Float64Array[] | null {
  const falls = (a: Float64Array, stop: number, most: number): boolean => {
    const [before, last] = [weightOf(a, stop - 32, stop - 16), weightOf(a, stop - 16, stop)]
    const all = weightOf(a, 1, stop)
    if (last <= 16 * stop * (ROUNDING * sizeOf(a, stop)) ** 2) return true
    // Among roundings it does not fall any more.
    return (5 * last) / (1 - Math.min(0.95, last / before)) <= most * all
  }
  let lists = of(FEWEST)
  for (;;) {
    const orders = lists[0]?.length ?? 0
    for (let stop = 32; stop <= orders; stop += 16) {
      if (lists.every((a) => falls(a, stop, LEFT_OUT ** 2))) return lists.map((a) => a.subarray(0, stop))
    }
    if (orders === ORDERS) break
    lists = of(2 * orders)
  }
  return lists.every((a) => falls(a, ORDERS, LEFT_OUT)) ? lists : null
}

interface Fit {
  /** From values at the Chebyshev points cos(πi/n) of [−1, 1] to the Chebyshev series through them, [POWERS, POWERS]. */
  readonly chebyshev: Tensor
  /** From a Chebyshev series to powers. */
  readonly powers: Tensor
}

function fitOf(): Fit {
  const n = POWERS - 1
  const half = (i: number): number => (i === 0 || i === n ? 0.5 : 1)
  // T_{j+1} = 2 t T_j − T_{j−1}
  const series = [[1], [0, 1]]
  for (let j = 2; j < POWERS; j++) {
    const [before, here] = [series[j - 2], series[j - 1]] as [number[], number[]]
    series.push(Array.from({ length: j + 1 }, (_, p) => 2 * (here[p - 1] ?? 0) - (before[p] ?? 0)))
  }
  const square = (at: (i: number, j: number) => number): Tensor =>
    onHost(
      Float64Array.from({ length: POWERS ** 2 }, (_, k) => at(Math.floor(k / POWERS), k % POWERS)),
      [POWERS, POWERS],
    )
  return {
    chebyshev: square((j, i) => (2 * half(i) * half(j) * Math.cos((Math.PI * i * j) / n)) / n),
    powers: square((p, j) => series[j]?.[p] ?? 0),
  }
}

/** What is known of a piece, before it is known which terms there are. */
interface Raw {
  readonly from: number
  readonly to: number
  readonly orders: number
  /** Of each power, the coefficients of a_0 and of a_k/√v, [POWERS, orders]. */
  readonly polynomials: Float64Array
  /** Coefficients a_k at some variances, to see how fast they fall. */
  readonly samples: readonly Float64Array[]
}

/** √(Σ k a_k²), or |a_0| where that is larger. */
function sizeOf(a: Float64Array, stop = a.length): number {
  return Math.max(Math.sqrt(weightOf(a, 1, stop)), Math.abs(a[0] as number))
}

/** Powers of v − V in the piece from 0 on, and how far beyond its end V is: roundings of a_k there count little at its end. */
const HEAT_POWERS = 20
const BEYOND = 8

/**
 * The piece from 0 on, by the heat equation: d/dv E[φ⁽ᵏ⁾(√v z)] = ½ E[φ⁽ᵏ⁺²⁾(√v z)], so that the coefficients at one variance V are the powers
 * of v − V. Its polynomials are those of a_k/√v over (v/to)^{(k−1)/2}.
 */
function firstPiece(g: Fn, to: number): Raw | null {
  const end = allThatCount(coefficientsAt(g, [to]))?.[0]
  if (end === undefined) return null
  const orders = end.length
  const far = BEYOND * to
  const at = withoutRoundings(coefficientsAt(g, [far])(2 * FEWEST)[0] as Float64Array)
  if (orders + 2 * HEAT_POWERS > at.length) return null
  const polynomials = new Float64Array(POWERS * orders)
  for (let k = 0; k < orders; k++) {
    const heat: number[] = []
    let factor = k === 0 ? 1 : BEYOND ** ((1 - k) / 2) / Math.sqrt(far)
    for (let j = 0; j < HEAT_POWERS; j++) {
      heat.push(factor * (at[k + 2 * j] as number))
      factor *= Math.sqrt((k + 2 * j + 1) * (k + 2 * j + 2)) / (2 * (j + 1))
    }
    const powers = around0(heat)
    // What is 0 at 0 must be so to the last digit.
    if (k === 0) powers[0] = (g(onHost(Float64Array.of(0), [1])) as Tensor).item()
    powers.forEach((c, j) => {
      polynomials[j * orders + k] = c
    })
    const there = powers.reduce((sum, c) => sum + c, 0) * (k === 0 ? 1 : Math.sqrt(to))
    if (!(Math.sqrt(k) * Math.abs(there - (end[k] as number)) <= EXACT * sizeOf(end))) return null
  }
  return { from: 0, to, orders, polynomials, samples: [end] }
}

/** Σ_j p_j (v/V − 1)^j by powers of v/to, with V = BEYOND · to. */
function around0(heat: readonly number[]): number[] {
  return Array.from({ length: POWERS }, (_, m) => {
    let sum = 0
    let binomial = BEYOND ** -m
    for (let j = m; j < heat.length; j++) {
      sum += (heat[j] as number) * binomial
      binomial *= -(j + 1) / (j + 1 - m)
    }
    return sum
  })
}

/** Coefficients up to where those of even and those of odd orders are lost in roundings. */
function withoutRoundings(a: Float64Array): Float64Array {
  const least = 2 * ROUNDING * sizeOf(a)
  const kept = new Float64Array(a.length)
  for (const side of [0, 1]) {
    for (let k = side; k < a.length && (k < 4 || Math.abs(a[k] as number) >= least); k += 2)
      kept[k] = a[k] as number
  }
  return kept
}

/** The Chebyshev points of a piece, from its end down. */
function nodesOf(from: number, to: number): number[] {
  return Array.from({ length: POWERS }, (_, i) => {
    return (from + to) / 2 + (Math.cos((Math.PI * i) / (POWERS - 1)) * (to - from)) / 2
  })
}

/** The polynomials by powers, [POWERS, orders], through values at the points of `nodesOf`; null where their last terms are not small. */
function polynomialsThrough(values: Float64Array, orders: number, most: number): Float64Array | null {
  const { chebyshev, powers } = fitOf()
  const series = matmul(chebyshev, onHost(values, [POWERS, orders]))
  const last = (series.dataSync() as Float64Array).subarray((POWERS - 2) * orders)
  if (!last.every((x) => Math.abs(x) <= most)) return null
  return Float64Array.from(matmul(powers, series).dataSync())
}

function laterPiece(g: Fn, from: number, to: number): Raw | null {
  const variances = nodesOf(from, to)
  const lists = allThatCount(coefficientsAt(g, variances))
  const [first] = lists ?? []
  if (lists === null || first === undefined) return null
  const orders = first.length
  const values = new Float64Array(POWERS * orders)
  lists.forEach((a, i) => {
    const root = Math.sqrt(variances[i] as number)
    for (let k = 0; k < orders; k++) values[i * orders + k] = (a[k] as number) / (k === 0 ? 1 : root)
  })
  const polynomials = polynomialsThrough(values, orders, (EXACT * sizeOf(first)) / Math.min(1, Math.sqrt(to)))
  const samples = [first, lists[POWERS >> 1], lists.at(-1)] as Float64Array[]
  return polynomials && { from, to, orders, polynomials, samples }
}

type Parity = SeriesTable['parity']

/** The order k of each term. */
const orderOf: { readonly [P in Parity]: (term: number) => number } = {
  all: (i) => i + 1,
  odd: (i) => 2 * i + 1,
  even: (i) => 2 * i + 2,
}

/** Odd but for a_0, or even but for a_1: what else there is is rounding. */
function parityOf(pieces: readonly Raw[]): Parity {
  const none = (first: number): boolean =>
    pieces.every(({ samples }) =>
      samples.every((a) => {
        const scale = sizeOf(a)
        return a.every((x, k) => k < 2 || k % 2 !== first || Math.abs(x) <= 4e-16 * scale)
      }),
    )
  return none(0) ? 'odd' : none(1) ? 'even' : 'all'
}

/** What is left of √(Σ k a_k²) from a term on, in parts of all of it, at most. */
function restOf({ samples }: Raw, parity: Parity, term: number): number {
  return Math.max(
    ...samples.map((a) => {
      const all = weightOf(a, 1)
      return all === 0 ? 0 : Math.sqrt(weightOf(a, orderOf[parity](term)) / all)
    }),
  )
}

/**
 * The series of φ as a table in the variance, for as large variances as it can; null where a series is no way to its dual: where
 * coefficients do not fall fast, as of a kink, or where φ is not what `scale` says.
 */
export function seriesTable(g: Fn, scale: number): SeriesTable | null {
  return scope(() => tableOf(g, scale * scale))
}

function tableOf(g: Fn, unit: number): SeriesTable | null {
  const raw: Raw[] = []
  const first = firstPiece(g, FIRST * unit)
  if (first !== null && isExactAt0(first)) raw.push(first)
  for (let to = FIRST * Math.SQRT2; to < LAST * 1.01; to *= Math.SQRT2) {
    const from = raw.at(-1)?.to ?? (to / Math.SQRT2) * unit
    const piece = laterPiece(g, from, to * unit)
    if (piece === null) break
    raw.push(piece)
  }
  if (raw.length === 0) return null
  const parity = parityOf(raw)
  const needs = raw.map((piece) => COUNTS.find((terms) => restOf(piece, parity, terms) ** 2 <= LEFT_OUT))
  // Beyond the last count there is nothing to work with.
  const usable = needs.indexOf(undefined)
  const kept = usable === -1 ? raw : raw.slice(0, usable)
  if (kept.length === 0) return null
  const most = Math.max(...(needs.slice(0, kept.length) as number[]))
  const counts = COUNTS.filter((terms) => terms <= most)
  return {
    parity,
    counts,
    pieces: kept.map((piece, i) => pieceOf(piece, parity, counts, needs[i] as number)),
  }
}

/** Whether there is a slope at 0: else what stands for it are roundings, and they would be what is large for small inputs. */
function isExactAt0({ polynomials, samples }: Raw): boolean {
  const [a] = samples as [Float64Array]
  const scale = sizeOf(a)
  const isEven = a.every((x, k) => k < 2 || k % 2 === 0 || Math.abs(x) <= 4e-16 * scale)
  const slope = Math.abs(polynomials[1] as number)
  return slope > 1e-3 * scale || (isEven && slope <= 4e-16 * scale)
}

/**
 * Terms from the first that is left out on, of order k, are at most |c|^{k−1} r r' with what is left of both inputs (Cauchy and Schwarz): nothing
 * where |c| is at most the product of (√LEFT_OUT / r)^{1/(k−1)} and the same of the other.
 */
function reachOf(piece: Raw, parity: Parity, terms: number): number {
  const power = orderOf[parity](terms) - 1
  const rest = Math.max(restOf(piece, parity, terms), ROUNDING)
  return (Math.sqrt(LEFT_OUT) / rest) ** (1 / power)
}

function pieceOf(piece: Raw, parity: Parity, counts: readonly number[], terms: number): SeriesPiece {
  const { from, to, orders, polynomials } = piece
  const there = parity === 'all' ? orders - 1 : parity === 'odd' ? orders / 2 : orders / 2 - 1
  const order = Array.from({ length: Math.min(there, counts.at(-1) as number) }, (_, i) => orderOf[parity](i))
  const coefficients = Array.from({ length: POWERS }, (_, j) => {
    const of = (k: number): number => polynomials[j * orders + k] as number
    return [of(0), parity === 'even' ? of(1) : 0, ...order.map(of)]
  })
  return { from, to, terms, reaches: counts.map((count) => reachOf(piece, parity, count)), coefficients }
}
