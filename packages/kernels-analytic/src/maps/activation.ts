import { arange, mul, reshape, type Shape, take, type Value } from '@ntk/tensor'
import { type Kernel, spatialRank } from '../kernel.js'
import { requireGaussian, requireUnmasked } from '../requirements.js'

/** An activation as its kernel map needs it. */
export interface DualActivation {
  /** For messages. */
  readonly name: string
  /** T and Θ·Ṫ (null without Θ) of q, q11, q22, Θ; q11 and q22 broadcast to q. */
  dual(q: Value, q11: Value, q22: Value, ntk: Value | null): [Value, Value | null]
  /** E[φ(u)²] of u ~ N(0, q): what `dual` gives for equal inputs, to the bit. */
  variance(q: Value): Value
}

/** The kernel of an elementwise nonlinearity: K' = T(K), Θ' = Θ Ṫ(K). Throws NtkError 'requirement' on inputs that are not Gaussian. */
export function activationKernel(kernel: Kernel, activation: DualActivation): Kernel {
  requireGaussian(kernel, activation.name)
  requireUnmasked(kernel, activation.name)
  const rank = kernel.diagonalSpatial ? 0 : spatialRank(kernel)
  const v1 = variancesOf(kernel.cov1, rank, kernel.diagonalBatch)
  const v2 = kernel.cov2 === null ? v1 : variancesOf(kernel.cov2, rank, kernel.diagonalBatch)
  const [nngp, ntk] = activation.dual(kernel.nngp, spread(v1, 0, rank), spread(v2, 1, rank), kernel.ntk)
  const cov = (covariance: Value, variance: Value): Value => {
    if (kernel.diagonalBatch && rank === 0) return activation.variance(covariance)
    if (!kernel.diagonalBatch) {
      return activation.dual(covariance, spread(variance, 0, rank), spread(variance, 1, rank), null)[0]
    }
    return activation.dual(covariance, spreadSpace(variance, 0), spreadSpace(variance, 1), null)[0]
  }
  return {
    ...kernel,
    nngp,
    ntk,
    cov1: cov(kernel.cov1, v1),
    cov2: kernel.cov2 === null ? null : cov(kernel.cov2, v2),
    isGaussian: false,
  }
}

/** Covariances [n, (n), (h, h'), ...] to variances [n, h, ...]: `rank` pairs of spatial axes, and the pair of samples. */
function variancesOf(covariance: Value, rank: number, diagonalBatch: boolean): Value {
  let x = diagonalBatch ? covariance : pairDiagonal(covariance, 0)
  for (let axis = 1; axis <= rank; axis++) x = pairDiagonal(x, axis)
  return x
}

/** The diagonal of the equal axes `axis` and `axis + 1`, left at `axis`. */
export function pairDiagonal<V extends Value>(x: V, axis: number): V {
  const size = x.shape[axis] as number
  const merged = reshape(x, [...x.shape.slice(0, axis), size * size, ...x.shape.slice(axis + 2)])
  return take<Value>(merged, mul(arange(size), size + 1), axis) as V
}

/** Variances [n, h, ...] beside pairs of samples: side 0 as [n, 1, h, 1, ...], side 1 as [1, n, 1, h, ...]. */
function spread(variance: Value, side: 0 | 1, pairs: number): Value {
  const [n, ...space] = variance.shape as [number, ...number[]]
  const wide = (d: number): Shape => (side === 0 ? [d, 1] : [1, d])
  return reshape(variance, [...wide(n), ...(pairs === 0 ? space : space.flatMap(wide))])
}

/** Variances [n, h, ...] beside pairs of positions of one sample: [n, h, 1, ...] or [n, 1, h, ...]. */
function spreadSpace(variance: Value, side: 0 | 1): Value {
  const [n, ...space] = variance.shape as [number, ...number[]]
  return reshape(variance, [n, ...space.flatMap((d) => (side === 0 ? [d, 1] : [1, d]))])
}
