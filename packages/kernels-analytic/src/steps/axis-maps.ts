import {
  cast,
  constantFromData,
  dotGeneral,
  equal,
  logicalNot,
  moveAxis,
  slice,
  take,
  type Value,
} from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { Sides } from '../places.js'
import { mapMasks } from './masks.js'
import { mapPositions } from './positions.js'

/** A linear map of one axis. */
export type AxisMap =
  /** Output i is input at[i]. */
  | { readonly kind: 'pick'; readonly at: readonly number[] }
  /** Output i is the sum of weights[i][k] times input k. */
  | { readonly kind: 'mix'; readonly weights: readonly (readonly number[])[] }

/** The map of one axis of an array. */
export function along<V extends Value>(x: V, axis: number, map: AxisMap): V {
  return map.kind === 'pick' ? picked(x, axis, map.at) : mixed(x, axis, map.weights)
}

function picked<V extends Value>(x: V, axis: number, at: readonly number[]): V {
  const [first = 0, second = first + 1] = at
  const step = second - first
  if (step > 0 && at.every((from, i) => from === first + i * step)) {
    const before = new Array<null>(axis).fill(null)
    const stop = at.length === 0 ? first : first + (at.length - 1) * step + 1
    return slice(x, ...before, [first, stop, step])
  }
  const indices: Value = constantFromData(Int32Array.from(at), [at.length], x.backend)
  return take(x, indices as V, axis)
}

function mixed<V extends Value>(x: V, axis: number, weights: readonly (readonly number[])[]): V {
  const numbers =
    x.dtype === 'float32' ? Float32Array.from(weights.flat()) : Float64Array.from(weights.flat())
  const shape = [weights.length, x.shape[axis] as number]
  const matrix: Value = constantFromData(numbers, shape, x.backend)
  const out = dotGeneral(x, matrix as V, { lhsContract: [axis], rhsContract: [1] })
  return moveAxis(out, -1, axis)
}

/** The map of one axis of a mask: what is made of padding alone is padding. */
export function maskAlong<V extends Value>(mask: V, axis: number, map: AxisMap): V {
  if (map.kind === 'pick') return picked(mask, axis, map.at)
  const used = map.weights.map((row) => row.map((w) => (w === 0 ? 0 : 1)))
  const counted = mixed(cast<Value>(logicalNot(mask), 'float32'), axis, used)
  return equal(counted, 0) as V
}

/** The maps of the spatial axes of a kernel, one an axis; null: as it is. The same on both sides: K' = A K Aᵀ. */
export type SpaceMaps = readonly (AxisMap | null)[]

/** What a linear map of positions makes of every array of a kernel: its diagonal layout needs maps that pick. */
export function mapSpace(
  kernel: Kernel,
  maps: SpaceMaps,
): Pick<Kernel, 'nngp' | 'ntk' | 'cov1' | 'cov2' | 'means' | 'masks'> {
  const pairs = kernel.diagonalSpatial ? 1 : 2
  const f = (x: Value, samples: number): Value =>
    maps.reduce((y: Value, map, i) => {
      if (map === null) return y
      const at = samples + pairs * i
      const left = along(y, at, map)
      return pairs === 1 ? left : along(left, at + 1, map)
    }, x)
  const { means } = kernel
  return {
    ...mapPositions(kernel, f),
    means: means === undefined || means === 'zero' ? means : mapSides(means, maps),
    masks: mapMasks(kernel.masks, (mask) =>
      maps.reduce((y: Value, map, i) => (map === null ? y : maskAlong(y, 1 + i, map)), mask),
    ),
  }
}

function mapSides({ of1, of2 }: Sides, maps: SpaceMaps): Sides {
  const f = (m: Value): Value =>
    maps.reduce((y: Value, map, i) => (map === null ? y : along(y, 1 + i, map)), m)
  return { of1: f(of1), of2: of2 === null ? null : f(of2) }
}
