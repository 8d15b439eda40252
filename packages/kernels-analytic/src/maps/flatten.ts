import { mean, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { requireUnmasked } from '../requirements.js'
import { pairDiagonal } from './activation.js'

/** The kernel of flattening positions into channels: the mean of K and Θ over equal positions. Vectors pass unchanged. */
export function flattenKernel(kernel: Kernel): Kernel {
  const rank = spatialRank(kernel)
  if (rank === 0) return kernel
  requireUnmasked(kernel, 'Flatten')
  const overPositions = (x: Value, samples: number): Value => {
    let equal = x
    if (!kernel.diagonalSpatial) for (let i = 0; i < rank; i++) equal = pairDiagonal(equal, samples + i)
    return mean(equal, { axis: Array.from({ length: rank }, (_, i) => samples + i) })
  }
  const own = kernel.diagonalBatch ? 1 : 2
  const flat = (shape: readonly number[]): readonly number[] => [
    shape[0] as number,
    shape.slice(1).reduce((a, d) => a * d, 1),
  ]
  return {
    ...kernel,
    nngp: overPositions(kernel.nngp, 2),
    ntk: kernel.ntk === null ? null : overPositions(kernel.ntk, 2),
    cov1: overPositions(kernel.cov1, own),
    cov2: kernel.cov2 === null ? null : overPositions(kernel.cov2, own),
    // Channels of different positions have different variances: no longer alike, so not what an activation needs.
    isGaussian: false,
    isReversed: false,
    diagonalSpatial: true,
    shape1: flat(kernel.shape1),
    shape2: flat(kernel.shape2),
    channelAxis: 1,
  }
}
