import { concatenate, NtkError, type Shape, samePadding, showShape, slice, type Value } from '@ntk/tensor'
import { oneOf, requireValue } from '@ntk/tensor/options'

/** How a window treats the borders: 'CIRCULAR' wraps around, as on a torus, with the amounts of 'SAME'. */
export type PaddingName = 'VALID' | 'SAME' | 'CIRCULAR'

export const paddingRule = (): ReturnType<typeof oneOf<PaddingName>> =>
  oneOf<PaddingName>(['VALID', 'SAME', 'CIRCULAR'], 'VALID')

/** A window over the spatial axes of [batch, spatial..., channels]. */
export interface Window {
  readonly window: Shape
  readonly strides: Shape
  readonly padding: PaddingName
}

/** The window with its strides filled in. Throws NtkError 'spec' where they differ in length. */
export function windowOf(name: string, window: Shape, strides: Shape | null, padding: PaddingName): Window {
  const steps = strides ?? window.map(() => 1)
  if (steps.length !== window.length) {
    throw new NtkError('spec', {
      what: `${name} needs as many strides as window sizes, ${window.length}.`,
      got: showShape(steps),
    })
  }
  return { window, strides: steps, padding }
}

/** [low, high] a spatial axis. */
export function borders(sizes: Shape, { window, strides, padding }: Window): [number, number][] {
  return padding === 'VALID' ? sizes.map(() => [0, 0]) : samePadding(sizes, window, strides)
}

/** Spatial sizes behind the window. Throws NtkError 'shape' where it does not fit. */
export function windowedSizes(name: string, sizes: Shape, w: Window): number[] {
  return sizes.map((size, i) => {
    const [low, high] = borders(sizes, w)[i] as [number, number]
    const room = size + low + high - (w.window[i] as number)
    if (room < 0) {
      throw new NtkError('shape', {
        what: `The window ${showShape(w.window)} of ${name} does not fit.`,
        got: `spatial sizes ${showShape(sizes)}`,
        fix: "Take a smaller window, or padding: 'SAME'.",
      })
    }
    return Math.floor(room / (w.strides[i] as number)) + 1
  })
}

/** Throws unless x is [batch, spatial..., channels] with `rank` spatial axes. */
export function requireSpatial(name: string, x: Value, rank: number): void {
  requireValue(x, `x of ${name}`)
  if (x.shape.length === rank + 2) return
  throw new NtkError('shape', {
    what: `${name} needs inputs [batch, ${'size, '.repeat(rank)}channels].`,
    got: showShape(x.shape),
  })
}

/** One axis extended by wrapping around. */
function wrapAxis<V extends Value>(x: V, axis: number, low: number, high: number): V {
  const size = x.shape[axis] as number
  if (low === 0 && high === 0) return x
  if (low > size || high > size) {
    throw new NtkError('shape', {
      what: 'Circular padding needs windows no larger than twice the input.',
      got: showShape(x.shape),
    })
  }
  const before = x.shape.slice(0, axis).map(() => null)
  const parts: V[] = []
  if (low > 0) parts.push(slice(x, ...before, [size - low, size]))
  parts.push(x)
  if (high > 0) parts.push(slice(x, ...before, [0, high]))
  return concatenate(parts, axis)
}

/** x with what lies beyond its borders made explicit where that wraps; and the zero padding that is left to do. */
export function padded<V extends Value>(x: V, w: Window): { x: V; padding: [number, number][] } {
  const sizes = x.shape.slice(1, -1)
  const pairs = borders(sizes, w)
  if (w.padding !== 'CIRCULAR') return { x, padding: pairs }
  const wide = pairs.reduce((v, [low, high], i) => wrapAxis(v, i + 1, low, high), x)
  return { x: wide, padding: pairs.map(() => [0, 0]) }
}
