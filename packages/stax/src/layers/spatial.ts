import { borders, type PaddingName, type Window } from '@ntk/kernels-analytic'
import { concatenate, NtkError, type Shape, showShape, slice, type Value } from '@ntk/tensor'
import { oneOf, requireValue } from '@ntk/tensor/options'

export const paddingRule = (): ReturnType<typeof oneOf<PaddingName>> =>
  oneOf<PaddingName>(['VALID', 'SAME', 'CIRCULAR'], 'VALID')

/** The window with its strides and dilation filled in. Throws NtkError 'spec' where they differ in length. */
export function windowOf(
  name: string,
  window: Shape,
  strides: Shape | null,
  padding: PaddingName,
  dilation: Shape | null = null,
): Window {
  const ones = window.map(() => 1)
  const w = { window, strides: strides ?? ones, dilation: dilation ?? ones, padding }
  for (const option of ['strides', 'dilation'] as const) {
    if (w[option].length === window.length) continue
    throw new NtkError('spec', {
      what: `${name} needs as many ${option} as window sizes, ${window.length}.`,
      got: showShape(w[option]),
    })
  }
  return w
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
