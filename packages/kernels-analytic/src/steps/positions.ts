import { add, constantFromData, pad, type Shape, slice, take, type Value } from '@ntk/tensor'
import type { Kernel } from '../kernel.js'
import type { AxisTaps } from './window.js'

/** What a linear map of positions makes of every array of a kernel. */
type Mapped = Pick<Kernel, 'nngp' | 'ntk' | 'cov1' | 'cov2'>

/** Applies a linear map of positions to all covariances. `f` gets an array and the number of its sample axes, which come first. */
export function mapPositions(kernel: Kernel, f: (x: Value, samples: number) => Value): Mapped {
  const own = kernel.diagonalBatch ? 1 : 2
  return {
    nngp: f(kernel.nngp, 2),
    ntk: kernel.ntk === null ? null : f(kernel.ntk, 2),
    cov1: f(kernel.cov1, own),
    cov2: kernel.cov2 === null ? null : f(kernel.cov2, own),
  }
}

/** Spatial sizes of the values that a shape [batch, spatial..., channels] describes. */
export const spaceOf = (shape: Shape): Shape => shape.slice(1, -1)

/** A shape [batch, spatial..., channels] with other spatial sizes. */
export const withSpace = (shape: Shape, space: Shape): Shape => [
  shape[0] as number,
  ...space,
  shape.at(-1) as number,
]

/** Output elements first, first + step, ... (count of them) are the input's elements source, source + by, ...; the others nothing. */
interface Progression {
  readonly first: number
  readonly step: number
  readonly source: number
  readonly by: number
  readonly count: number
}

/** What a tap sees, where that is evenly spaced: a slice and padding do it then. */
function progressionOf(sources: Int32Array): Progression | null {
  const inside = Array.from(sources.keys()).filter((o) => sources[o] !== -1)
  const [first = 0, second = first + 1] = inside
  const source = sources[first] as number
  const step = second - first
  const by = inside.length > 1 ? (sources[second] as number) - source : 1
  if (by < 1) return null
  const even = inside.every((o, i) => o === first + i * step && sources[o] === source + i * by)
  return even ? { first, step, source: Math.max(0, source), by, count: inside.length } : null
}

/** What one tap sees along an axis: element o of the output is element sources[o] of x, 0 where that is -1. */
function seen(x: Value, axis: number, sources: Int32Array): Value {
  const here = <T>(others: T, one: T): T[] => x.shape.map((_, i) => (i === axis ? one : others))
  const even = progressionOf(sources)
  if (even !== null) {
    const { first, step, source, by, count } = even
    const stop = count === 0 ? source : source + (count - 1) * by + 1
    const part = slice(x, ...here<[number, number, number] | null>(null, [source, stop, by]))
    const [low, high] =
      count === 0 ? [0, sources.length] : [first, sources.length - 1 - first - (count - 1) * step]
    if (low === 0 && high === 0 && step === 1) return part
    return pad(part, here<[number, number]>([0, 0], [low, high]), { interior: here(0, step - 1) })
  }
  const size = x.shape[axis] as number
  const wide = sources.includes(-1) ? pad(x, here<[number, number]>([0, 0], [0, 1])) : x
  const indices = sources.map((at) => (at === -1 ? size : at))
  return take<Value>(wide, constantFromData(indices, [indices.length]), axis)
}

/** The sum over the taps of a window of what each sees, along one axis, or along several alike: Σ_t x[s_t(o), s_t(o')]. */
export function sumOverTaps(x: Value, axes: readonly number[], { sources }: AxisTaps): Value {
  return sources.map((tap) => axes.reduce((y, axis) => seen(y, axis, tap), x)).reduce((a, b) => add(a, b))
}
