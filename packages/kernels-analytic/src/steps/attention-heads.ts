import { add, mul, reshape, slice, stack, sum, type Value } from '@ntk/tensor'
import type { Num } from '../numbers.js'
import { type DualActivation, filled } from './activation.js'
import type { FlatArrays } from './flat-positions.js'
import { pairDiagonal } from './spread.js'
import type { AttentionStep } from './step.js'

/** Arrays [n1, n2, p, p'] of one pair of sides: K and Θ of what scores are made of, and of the values. */
interface Pairs {
  readonly scored: Value
  readonly valued: Value
  readonly scoredNtk: Value | null
  readonly valuedNtk: Value | null
  /** Variances [n1, 1, p] and [1, n2, p'] of `scored`; [n, 1, p] both where sample meets itself. */
  readonly v1: Value
  readonly v2: Value
}

/** K₀ and Θ₀. */
type Attended = readonly [Value, Value | null]

/** ⟨X, Y⟩ over both positions, [n1, n2, 1, 1]. */
const inner = (x: Value, y: Value): Value => sum(mul(x, y), { axis: [2, 3], keepDims: true })

/** K₀ = g K ⟨K, V⟩; Θ₀ = g [(2 K + Θ) ⟨K, V⟩ + K ⟨Θ, V⟩ + K ⟨K, Θ_V⟩]. */
export function bilinear({ scored: k, valued, scoredNtk, valuedNtk }: Pairs, gain: Num): Attended {
  const kv = inner(k, valued)
  const nngp = mul<Value>(mul(k, kv), gain)
  if (scoredNtk === null || valuedNtk === null) return [nngp, null]
  const queries = mul(add(mul(k, 2), scoredNtk), kv)
  const rest = mul(k, add(inner(scoredNtk, valued), inner(k, valuedNtk)))
  return [nngp, mul<Value>(add(queries, rest), gain)]
}

/** Position i of axis 2, which is left out. */
function at(x: Value, i: number): Value {
  return slice<Value>(x, null, null, i)
}

/**
 * Score [a, b] with score [d, e]: g K_ad K_be, whose Θ is g (2 K_ad K_be + Θ_ad K_be + K_ad Θ_be). With T and Ṫ of the mechanism,
 * K₀_ad = Σ_be T V_be and Θ₀_ad = Σ_be (Ṫ Θ V_be + T Θ_V,be). One a and b at a time: all four at once would not fit.
 */
export function elementwise(
  { scored, valued, scoredNtk, valuedNtk, v1, v2 }: Pairs,
  gain: Num,
  dual: DualActivation,
): Attended {
  const positions = scored.shape[2] as number
  const column = (x: Value): Value => reshape(x, [...x.shape, 1])
  const row = (x: Value): Value => reshape(x, [...x.shape.slice(0, 2), 1, x.shape[2] as number])
  // [n1, n2, d, e]
  const q22 = mul<Value>(mul(column(v2), row(v2)), gain)
  const k = Array.from({ length: positions }, (_, i) => at(scored, i))
  const theta = scoredNtk === null ? null : k.map((_, i) => at(scoredNtk, i))
  const value = k.map((_, b) => row(at(valued, b)))
  const valueNtk = valuedNtk === null ? null : k.map((_, b) => row(at(valuedNtk, b)))
  const term = (a: number, b: number): Attended => {
    const [ka, kb] = [column(k[a] as Value), row(k[b] as Value)]
    const q = mul<Value>(mul(ka, kb), gain)
    const q11 = mul<Value>(mul(column(column(at(v1, a))), column(column(at(v1, b)))), gain)
    const scores =
      theta === null
        ? null
        : add(
            mul(q, 2),
            mul<Value>(add(mul(column(theta[a] as Value), kb), mul(ka, row(theta[b] as Value))), gain),
          )
    const [t, slope] = dual.dual({ q, q11, q22 }, scores)
    const v = value[b] as Value
    const nngp = sum(mul(t, v), { axis: -1 })
    if (slope === null || valueNtk === null) return [nngp, null]
    return [nngp, sum(add(mul(slope, v), mul(t, valueNtk[b] as Value)), { axis: -1 })]
  }
  const rows = k.map((_, a) =>
    k
      .map((_b, b) => term(a, b))
      .reduce(([x, y], [z, w]) => [add(x, z), y === null || w === null ? null : add(y, w)] as const),
  )
  const tangents = rows.map(([, ntk]) => ntk).filter((ntk) => ntk !== null)
  return [
    stack(
      rows.map(([nngp]) => nngp),
      2,
    ),
    tangents.length === rows.length ? stack(tangents, 2) : null,
  ]
}

/** min(x, 0) and max(x, 0) times these. */
const slopes = { ABS: { a: -1, b: 1 }, RELU: { a: 0, b: 1 } } as const

/**
 * Square-root scaling with keys of their own and many heads: the scores of a head are Gaussian, with the product of the queries' and
 * the keys' covariances for a covariance, and the output sums over heads (Hron et al. 2020, Theorem 3, for the identity; the same with the expectation
 * T of a mechanism that acts on one score at a time).
 */
export function attendWithManyHeads(
  scored: FlatArrays,
  valued: FlatArrays,
  mechanism: Exclude<AttentionStep['mechanism'], 'SOFTMAX'>,
  gain: Num,
  diagonalBatch: boolean,
): FlatArrays {
  const dual =
    mechanism === 'IDENTITY'
      ? null
      : filled({ kind: 'activation', name: 'ABRelu', options: slopes[mechanism] }, undefined)
  const attend = (pairs: Pairs): Attended =>
    dual === null ? bilinear(pairs, gain) : elementwise(pairs, gain, dual)
  // [n, p]
  const variances = (covariance: Value): Value =>
    pairDiagonal(diagonalBatch ? covariance : pairDiagonal(covariance, 0), 1)
  const v1 = variances(scored.cov1)
  const v2 = scored.cov2 === null ? v1 : variances(scored.cov2)
  const side = (v: Value, axis: 1 | 0): Value => reshape(v, v.shape.toSpliced(axis, 0, 1))
  const own = (s: Value, v: Value, variance: Value): Value => {
    const pairs = (x: Value): Value => (diagonalBatch ? side(x, 1) : x)
    const [nngp] = attend({
      scored: pairs(s),
      valued: pairs(v),
      scoredNtk: null,
      valuedNtk: null,
      v1: side(variance, 1),
      v2: side(variance, diagonalBatch ? 1 : 0),
    })
    return diagonalBatch ? reshape(nngp, s.shape) : nngp
  }
  const [nngp, ntk] = attend({
    scored: scored.nngp,
    valued: valued.nngp,
    scoredNtk: scored.ntk,
    valuedNtk: valued.ntk,
    v1: side(v1, 1),
    v2: side(v2, 0),
  })
  return {
    nngp,
    ntk,
    cov1: own(scored.cov1, valued.cov1, v1),
    cov2: scored.cov2 === null || valued.cov2 === null ? null : own(scored.cov2, valued.cov2, v2),
  }
}
