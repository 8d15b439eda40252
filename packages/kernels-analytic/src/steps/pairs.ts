import type { PairCovariances } from '../activations/activation.js'
import { type Kernel, spatialRank } from '../kernel.js'
import { spread, variancesOf } from './spread.js'

/** Covariances of a kernel beside the variances of both sides, which broadcast to them. */
export function pairsOf(kernel: Kernel): PairCovariances {
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  const v1 = variancesOf(kernel.cov1, rank, kernel.diagonalBatch)
  const v2 = kernel.cov2 === null ? v1 : variancesOf(kernel.cov2, rank, kernel.diagonalBatch)
  return { q: kernel.nngp, q11: spread(v1, 0, rank), q22: spread(v2, 1, rank), deficit: kernel.deficit }
}
