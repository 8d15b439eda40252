import { cholesky, cpuBackend, NtkError, type Shape, showShape, sizeOf, tensorFromData } from '@ntk/tensor'
import { requireInteger, requireList, requireParts, requireWord } from '@ntk/tensor/options'
import type { PositionalDecay, PositionalEmbedding } from './step.js'

/** What embeddings of positions have in common, whatever is done with them. */
export type PositionalCorrelation = Pick<PositionalEmbedding, 'decay' | 'pNorm'>

const decays: Readonly<Record<PositionalDecay, (d: number) => number>> = {
  'd=0': (d) => (d === 0 ? 1 : 0),
  'exp(-d)': (d) => Math.exp(-d),
  '1/(1+d)': (d) => 1 / (1 + d),
  '1/(1+d^2)': (d) => 1 / (1 + d * d),
}

/** Indices of all positions, the last axis fastest. */
function positionsOf(sizes: Shape): readonly (readonly number[])[] {
  return sizes.reduce<readonly (readonly number[])[]>(
    (all, size) => all.flatMap((at) => Array.from({ length: size }, (_, i) => [...at, i])),
    [[]],
  )
}

/**
 * Correlations [positions, positions] of the embeddings of all positions of a grid, row-major: decay(d) with
 * d = Σ |i − j|^pNorm over its axes (Hron et al. 2020, Section 4).
 */
export function positionalCorrelations(sizes: Shape, correlation: PositionalCorrelation): Float64Array {
  requireList(sizes, 'The sizes of positionalCorrelations')
  for (const d of sizes) requireInteger(d, 'Each of the sizes of positionalCorrelations', 0, 2 ** 24)
  requireParts(correlation, 'The correlation of positions', ['decay', 'pNorm'], 'GlobalSelfAttention')
  const { decay, pNorm } = correlation
  requireWord(decay, Object.keys(decays) as (keyof typeof decays)[], 'The decay of positional embeddings')
  const positions = positionsOf(sizes)
  const n = positions.length
  const of = decays[decay]
  const r = new Float64Array(n * n)
  positions.forEach((a, i) => {
    positions.forEach((b, j) => {
      r[i * n + j] = of(a.reduce((d, at, axis) => d + Math.abs(at - (b[axis] as number)) ** pNorm, 0))
    })
  })
  return r
}

/**
 * Lower Cholesky factor [positions, positions] of the same, row-major, which turns independent numbers a position into embeddings.
 * Throws NtkError 'requirement' where no random numbers are so correlated.
 */
export function positionalRoot(sizes: Shape, correlation: PositionalCorrelation): Float64Array {
  const r = positionalCorrelations(sizes, correlation)
  const n = sizeOf(sizes)
  if (correlation.decay === 'd=0') return r
  try {
    return cholesky(tensorFromData(r, [n, n], cpuBackend())).dataSync() as Float64Array
  } catch (cause) {
    if (!(NtkError.isInstance(cause) && cause.code === 'not-positive-definite')) throw cause
    throw new NtkError('requirement', {
      what: 'Positional embeddings need a decay that is a correlation (a positive definite function of the positions).',
      got: `"${correlation.decay}" of Σ |i − j|^${correlation.pNorm} over positions ${showShape(sizes)}, which has negative eigenvalues`,
      fix: 'Use "exp(-d)" or "1/(1+d)" with posEmbPNorm at most 2, which are correlations on every grid.',
    })
  }
}
