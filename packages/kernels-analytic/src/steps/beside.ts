import type { Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { spread, spreadSpace, variancesOf } from './spread.js'

/** Numbers a sample and position, [n, spatial...], brought to where they broadcast to the arrays of one kernel. */
export interface Beside {
  /** To `nngp` and `ntk`, as numbers of x1 (side 0) or of x2 (side 1). */
  readonly pairs: (x: Value, side: 0 | 1) => Value
  /** To the diagonal terms, as numbers of the first (0) or the second (1) of two equal samples and their positions. */
  readonly own: (x: Value, side: 0 | 1) => Value
}

export function beside(kernel: Kernel): Beside {
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  return {
    pairs: (x, side) => spread(x, side, rank),
    own: (x, side) => {
      if (!kernel.diagonalBatch) return spread(x, side, rank)
      return rank === 0 ? x : spreadSpace(x, side)
    },
  }
}

/** Variances [n, spatial...] of both sides; the second null where x2 is x1. */
export function variancesOfSides(kernel: Kernel): { readonly of1: Value; readonly of2: Value | null } {
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  const of = (covariance: Value): Value => variancesOf(covariance, rank, kernel.diagonalBatch)
  return { of1: of(kernel.cov1), of2: kernel.cov2 === null ? null : of(kernel.cov2) }
}
