import { abs, dotGeneral, mul, relu, reshape, softmax, transpose, type Value, where } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Num } from '../numbers.js'
import type { FlatArrays } from './flat-positions.js'
import { pairDiagonal } from './spread.js'
import type { AttentionStep } from './step.js'

/** What turns scores [.., positions, keys] into weights. */
const mechanisms: Readonly<Record<AttentionStep['mechanism'], (scores: Value) => Value>> = {
  SOFTMAX: (scores) => softmax(scores, -1),
  IDENTITY: (scores) => scores,
  ABS: (scores) => abs(scores),
  RELU: (scores) => relu(scores),
}

/** Scores [n, p, keys] at which a softmax leaves out the keys that are masked [n, spatial...]; other mechanisms make 0 of the 0 there. */
function unseen(scores: Value, mask: Value): Value {
  const [n, , keys] = scores.shape as [number, number, number]
  return where(reshape(mask, [n, 1, keys]), -1e20, scores)
}

/** A X Bᵀ of X [n1, n2, p, p'], A [n1, p, p] and B [n2, p', p']. */
function onBothSides(x: Value, a: Value, b: Value): Value {
  // [n1, p, n2, p'] -> [n2, n1, p, p']
  const left = dotGeneral(a, x, { lhsBatch: [0], rhsBatch: [0], lhsContract: [2], rhsContract: [2] })
  const right = dotGeneral(left, b, { lhsBatch: [2], rhsBatch: [0], lhsContract: [3], rhsContract: [2] })
  return transpose(right, [1, 0, 2, 3])
}

/** A X Aᵀ of X [n, p, p']. */
function onBothSidesOfOne(x: Value, a: Value): Value {
  const left = dotGeneral(a, x, { lhsBatch: [0], rhsBatch: [0], lhsContract: [2], rhsContract: [1] })
  return dotGeneral(left, a, { lhsBatch: [0], rhsBatch: [0], lhsContract: [2], rhsContract: [2] })
}

/**
 * Linear scaling with keys that are the queries: scores become numbers, G = ζ(gain K(x, x)) a sample, and what is left is a linear
 * map of positions, K₀ = G K Gᵀ and Θ₀ = G Θ Gᵀ (Hron et al. 2020, Theorem 1). Their gradient vanishes beside that of the values.
 */
export function attendByScores(
  scored: FlatArrays,
  valued: FlatArrays,
  mechanism: AttentionStep['mechanism'],
  gain: Num,
  { diagonalBatch, masks }: Kernel,
): FlatArrays {
  const weights = (covariance: Value, mask: Value | null): Value => {
    const own = diagonalBatch ? covariance : pairDiagonal(covariance, 0)
    const scores = mul<Value>(own, gain)
    return mechanisms[mechanism](mask === null || mechanism !== 'SOFTMAX' ? scores : unseen(scores, mask))
  }
  const first = weights(scored.cov1, masks?.of1 ?? null)
  const second = scored.cov2 === null ? first : weights(scored.cov2, masks?.of2 ?? null)
  const own = (x: Value, g: Value): Value => (diagonalBatch ? onBothSidesOfOne(x, g) : onBothSides(x, g, g))
  return {
    nngp: onBothSides(valued.nngp, first, second),
    ntk: valued.ntk === null ? null : onBothSides(valued.ntk, first, second),
    cov1: own(valued.cov1, first),
    cov2: valued.cov2 === null ? null : own(valued.cov2, second),
  }
}
