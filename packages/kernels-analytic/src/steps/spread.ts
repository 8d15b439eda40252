import {
  arange,
  equal,
  logicalAnd,
  mul,
  normalizeAxis,
  reshape,
  type Shape,
  take,
  type Value,
} from '@ntk/tensor'
import { requireValue } from '@ntk/tensor/options'

/** The diagonal of the equal axes `axis` and `axis + 1`, left at `axis`. */
export function pairDiagonal<V extends Value>(x: V, axis: number): V {
  requireValue(x, 'x of pairDiagonal')
  const at = normalizeAxis('pairDiagonal', axis, x.shape.length - 1)
  const size = x.shape[at] as number
  const merged = reshape(x, [...x.shape.slice(0, at), size * size, ...x.shape.slice(at + 2)])
  return take<Value>(merged, mul(arange(size), size + 1), at) as V
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

/** bool, of the axes of x: true where the indices at every pair of axes (axis, axis + 1) are equal. */
export function equalIndices(x: Value, pairs: readonly number[]): Value {
  const ones = x.shape.map(() => 1)
  const index = (axis: number): Value =>
    reshape(arange(x.shape[axis] as number), ones.with(axis, x.shape[axis] as number))
  return pairs.map((axis): Value => equal(index(axis), index(axis + 1))).reduce((a, b) => logicalAnd(a, b))
}
