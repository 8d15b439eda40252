import { arange, mul, reshape, type Shape, take, type Value } from '@ntk/tensor'

/** The diagonal of the equal axes `axis` and `axis + 1`, left at `axis`. */
export function pairDiagonal<V extends Value>(x: V, axis: number): V {
  const size = x.shape[axis] as number
  const merged = reshape(x, [...x.shape.slice(0, axis), size * size, ...x.shape.slice(axis + 2)])
  return take<Value>(merged, mul(arange(size), size + 1), axis) as V
}

/** Covariances [n, (n), (h, h'), ...] to variances [n, h, ...]: `rank` pairs of spatial axes, and the pair of samples. */
export function variancesOf(covariance: Value, rank: number, diagonalBatch: boolean): Value {
  let x = diagonalBatch ? covariance : pairDiagonal(covariance, 0)
  for (let axis = 1; axis <= rank; axis++) x = pairDiagonal(x, axis)
  return x
}

/** Numbers a sample and position, [n, h, ...], beside pairs of samples: side 0 as [n, 1, h, 1, ...], side 1 as [1, n, 1, h, ...]. */
export function spread(x: Value, side: 0 | 1, pairs: number): Value {
  const [n, ...space] = x.shape as [number, ...number[]]
  const wide = (d: number): Shape => (side === 0 ? [d, 1] : [1, d])
  return reshape(x, [...wide(n), ...(pairs === 0 ? space : space.flatMap(wide))])
}

/** Numbers [n, h, ...] beside pairs of positions of one sample: [n, h, 1, ...] or [n, 1, h, ...]. */
export function spreadSpace(x: Value, side: 0 | 1): Value {
  const [n, ...space] = x.shape as [number, ...number[]]
  return reshape(x, [n, ...space.flatMap((d) => (side === 0 ? [d, 1] : [1, d]))])
}
