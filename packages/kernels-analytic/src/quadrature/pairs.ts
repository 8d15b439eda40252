import {
  add,
  broadcastIndices,
  broadcastShapes,
  mul,
  reshape,
  sub,
  Tensor,
  tensor,
  type Value,
} from '@ntk/tensor'
import type { PairCovariances } from '../activations/activation.js'
import { inBatches } from './batches.js'
import { type Fn, polarDistance, polarExpectation } from './polar.js'
import { type Correlation, type Series, seriesDistance, seriesOf, seriesSum } from './series.js'

/** A power of two that brings a deviation to where products of four are in range, as `scaledPair`. */
const unitFor = (variance: number): number =>
  variance > 2 ** 400 ? 2 ** -300 : variance < 2 ** -400 ? 2 ** 300 : 1

/** The correlation of a pair: exactly ±1 for equal and opposite inputs, 0 where one has no variance; with the root of `pairDeterminant`. */
function correlation(covariance: number, variance1: number, variance2: number): Correlation {
  if (covariance === 0 || variance1 === 0 || variance2 === 0) return { c: 0, root: 1 }
  const [s1, s2] = [unitFor(variance1), unitFor(variance2)]
  const [q, q11, q22] = [covariance * s1 * s2, variance1 * s1 * s1, variance2 * s2 * s2]
  const product = q11 * q22
  const c = Math.max(-1, Math.min(1, q / Math.sqrt(product)))
  const size = Math.abs(q)
  const [d1, d2] = [q11 - size, q22 - size]
  const determinant = Math.max(q11, q22) <= 2 * size ? size * (d1 + d2) + d1 * d2 : product - q * q
  return { c, root: Math.sqrt(Math.max(0, determinant / product)) }
}

/** E[g(u) h(v)] of pairs whose numbers are at hand: by series where these converge, else in the plane. */
function ofNumbers(g: Fn, h: Fn, q: Tensor, q11: Tensor, q22: Tensor, scale: number): Value {
  const shape = broadcastShapes('A quadrature', q.shape, q11.shape, q22.shape)
  const [c, v1, v2] = [q, q11, q22].map((x) => x.dataSync() as Float64Array) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const [at, at1, at2] = [q, q11, q22].map((x) => broadcastIndices(x.shape, shape)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]
  const first = seriesOf(g, [...new Set([...v1, ...(g === h ? v2 : [])])], scale, q)
  const second = g === h ? first : seriesOf(h, [...new Set(v2)], scale, q)
  const out = new Float64Array(at.length)
  const [far, near]: [number[], number[]] = [[], []]
  for (let i = 0; i < out.length; i++) {
    const [x, s, t] = [c[at[i] as number], v1[at1[i] as number], v2[at2[i] as number]] as [
      number,
      number,
      number,
    ]
    const [a, b] = [first.get(s), second.get(t)] as [Series | null, Series | null]
    const r = correlation(x, s, t)
    const isNear = g === h && r.c > NEAR && Math.max(s, t) < 2 * Math.min(s, t)
    const sum = a === null || b === null ? null : bySeries(a, b, r, isNear)
    if (sum !== null) out[i] = sum
    else if (isNear) near.push(i)
    else far.push(i)
  }
  const pick = (places: readonly number[]): PairCovariances => {
    const of = (from: Float64Array, at: Int32Array): Tensor =>
      tensor(
        Float64Array.from(places, (i) => from[at[i] as number] as number),
        { backend: q.backend },
      )
    return { q: of(c, at), q11: of(v1, at1), q22: of(v2, at2) }
  }
  // Many pairs are the same, most of all in a matrix of a set with itself.
  const put = (places: readonly number[], f: (covariances: PairCovariances) => Value): void => {
    const kept: number[] = []
    const seen = new Map<string, number>()
    const from = places.map((i) => {
      const [x, s, t] = [c[at[i] as number], v1[at1[i] as number], v2[at2[i] as number]] as const
      const key = g === h && (s as number) < (t as number) ? `${x} ${t} ${s}` : `${x} ${s} ${t}`
      const before = seen.get(key) ?? kept.push(i) - 1
      seen.set(key, before)
      return before
    })
    if (kept.length === 0) return
    const numbers = (f(pick(kept)) as Tensor).dataSync()
    places.forEach((i, k) => {
      out[i] = numbers[from[k] as number] as number
    })
  }
  put(far, (pairs) => inPlane(g, h, pairs, scale))
  put(near, (pairs) => nearlyEqual(g, pairs, scale))
  return reshape(tensor(out, { backend: q.backend }), shape)
}

/** Correlations from which on two inputs are nearly equal: their distance is what matters then. */
const NEAR = 0.95

/** The sum of a series, of nearly equal inputs by their distance. */
function bySeries(a: Series, b: Series, r: Correlation, isNear: boolean): number | null {
  if (!isNear) return seriesSum(a, b, r)
  const [apart, square1, square2] = [seriesDistance(a, b, r), squareOf(a), squareOf(b)]
  return apart === null || square1 === null || square2 === null ? null : (square1 + square2 - apart) / 2
}

const squares = new WeakMap<Series, number | null>()

/** Σ a_k²: E[g(u)²]; null where terms are too few. */
function squareOf(a: Series): number | null {
  const known = squares.get(a)
  if (known !== undefined) return known
  const sum = seriesSum(a, a, { c: 1, root: 0 })
  squares.set(a, sum)
  return sum
}

/**
 * E[g(u) g(v)] = (E[g(u)²] + E[g(v)²] − E[(g(u) − g(v))²]) / 2: beside the variances themselves, so that the small angle that comes of
 * all three in the next layer has the digits that float64 leaves it.
 */
function nearlyEqual(g: Fn, { q, q11, q22 }: PairCovariances, scale: number): Value {
  const distinct = [...new Set([q11, q22].flatMap((v) => [...(v as Tensor).dataSync()]))]
  const own = tensor(distinct, { backend: (q as Tensor).backend })
  const squares = inPlane(g, g, { q: own, q11: own, q22: own }, scale) as Tensor
  const bySize = new Map(distinct.map((v, i) => [v, squares.dataSync()[i] as number]))
  const of = (v: Value): Value =>
    tensor(
      Float64Array.from((v as Tensor).dataSync(), (x) => bySize.get(x) as number),
      { backend: (q as Tensor).backend },
    )
  const apart = inBatches([q, q11, q22], [q11, q22], scale, ([a, b, d], at) =>
    polarDistance(g, { q: a as Value, q11: b as Value, q22: d as Value }, scale, at),
  )
  return mul(sub(add(of(q11), of(q22)), apart), 0.5)
}

function inPlane(g: Fn, h: Fn, { q, q11, q22 }: PairCovariances, scale: number): Value {
  return inBatches([q, q11, q22], [q11, q22], scale, ([a, b, d], at) =>
    polarExpectation(g, h, { q: a as Value, q11: b as Value, q22: d as Value }, scale, at),
  )
}

/** Whether the numbers of a value can be read at once. */
function isAtHand(x: Value): x is Tensor {
  return Tensor.isInstance(x) && x.dtype === 'float64' && x.backend.readSync(x) !== null
}

/** E[g(u) h(v)], elementwise over shapes that broadcast. */
export function ofPairs(g: Fn, h: Fn, { q, q11, q22 }: PairCovariances, scale: number): Value {
  if (isAtHand(q) && isAtHand(q11) && isAtHand(q22) && ![q, q11, q22].some((x) => x.size === 0)) {
    return ofNumbers(g, h, q, q11, q22, scale)
  }
  return inPlane(g, h, { q, q11, q22 }, scale)
}
