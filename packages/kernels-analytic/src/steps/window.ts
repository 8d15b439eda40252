import { NtkError, type Shape, samePadding, showShape } from '@ntk/tensor'
import { requireInteger, requireList, requireParts, requireWord } from '@ntk/tensor/options'

/** How a window treats the borders: 'CIRCULAR' wraps around, as on a torus, with the amounts of 'SAME'. */
export type PaddingName = 'VALID' | 'SAME' | 'CIRCULAR'

/** A window over the spatial axes. */
export interface Window {
  readonly window: Shape
  readonly strides: Shape
  /** Distances between neighbours under the window. */
  readonly dilation: Shape
  readonly padding: PaddingName
}

const paddings: readonly PaddingName[] = ['VALID', 'SAME', 'CIRCULAR']

/** Throws NtkError 'value' unless these are spatial sizes and a window, for callers that no compiler has checked. */
function requireWindow(sizes: Shape, w: Window): void {
  requireList(sizes, 'The sizes under a window')
  for (const d of sizes) requireInteger(d, 'Each of the sizes under a window')
  requireParts(w, 'The window', ['window', 'strides', 'dilation', 'padding'], 'a layer with a window')
  for (const part of ['window', 'strides', 'dilation'] as const) {
    requireList(w[part], `The ${part} of a window`)
    for (const d of w[part]) requireInteger(d, `Each of the ${part} of a window`, 1)
  }
  requireWord(w.padding, paddings, 'The padding of a window')
}

/** Extents of the window, gaps included. */
function extents({ window, dilation }: Window): number[] {
  return window.map((k, i) => (k - 1) * (dilation[i] as number) + 1)
}

/** [low, high] a spatial axis. */
export function borders(sizes: Shape, w: Window): [number, number][] {
  requireWindow(sizes, w)
  return w.padding === 'VALID' ? sizes.map(() => [0, 0]) : samePadding(sizes, extents(w), w.strides)
}

/** Spatial sizes behind the window. Throws NtkError 'shape' where it does not fit. */
export function windowedSizes(name: string, sizes: Shape, w: Window): number[] {
  requireRank(name, sizes, w)
  const low = borders(sizes, w)
  return extents(w).map((extent, i) => {
    const room = (sizes[i] as number) + (low[i]?.[0] ?? 0) + (low[i]?.[1] ?? 0) - extent
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

/** Throws NtkError 'shape' unless there is a window size for each spatial axis. */
export function requireRank(name: string, sizes: Shape, w: Window): void {
  requireWindow(sizes, w)
  const { window } = w
  if (sizes.length === window.length) return
  throw new NtkError('shape', {
    what: `${name} needs inputs [batch, ${'size, '.repeat(window.length)}channels].`,
    got: `${sizes.length} spatial axes, ${showShape(sizes)}`,
  })
}

/** Spatial sizes behind a transposed convolution. */
export function transposedSizes(sizes: Shape, w: Window): number[] {
  requireWindow(sizes, w)
  const { window, strides, padding } = w
  return sizes.map((d, i) => {
    const [k, s] = [window[i] as number, strides[i] as number]
    return padding === 'VALID' ? d * s + Math.max(k - s, 0) : d * s
  })
}

/**
 * What a window sees along one axis: `sources[t][o]` is the position that its tap t sees where the output is o, -1 where that lies
 * beyond the border.
 */
export interface AxisTaps {
  readonly out: number
  readonly sources: readonly Int32Array[]
}

const tapsOf = (k: number, out: number, source: (t: number, o: number) => number): AxisTaps => ({
  out,
  sources: Array.from({ length: k }, (_, t) => Int32Array.from({ length: out }, (_, o) => source(t, o))),
})

/** Of a convolution or a pool, axis by axis. */
export function windowTaps(name: string, sizes: Shape, w: Window): AxisTaps[] {
  const outs = windowedSizes(name, sizes, w)
  const pads = borders(sizes, w)
  return sizes.map((size, i) => {
    const low = pads[i]?.[0] as number
    const [stride, dilation] = [w.strides[i] as number, w.dilation[i] as number]
    return tapsOf(w.window[i] as number, outs[i] as number, (t, o) => {
      const at = o * stride + t * dilation - low
      if (w.padding === 'CIRCULAR') return ((at % size) + size) % size
      return at >= 0 && at < size ? at : -1
    })
  })
}

/**
 * The positions in the middle of each window, the left one of two, as a slice [start, stop, step] an axis. What is padding behind a
 * window is what was so in its middle.
 */
export function windowMiddles(
  name: string,
  sizes: Shape,
  w: Window,
): readonly (readonly [number, number, number])[] {
  const outs = windowedSizes(name, sizes, w)
  const pads = borders(sizes, w)
  return extents(w).map((extent, i) => {
    const stride = w.strides[i] as number
    const start = Math.floor((extent - 1) / 2) - (pads[i]?.[0] as number)
    return [start, start + ((outs[i] as number) - 1) * stride + 1, stride]
  })
}

/** Padding of the dilated input along one axis of a transposed convolution, so that the sizes are those `Conv` would have come from. */
export function transposedPadding(
  window: number,
  stride: number,
  padding: 'VALID' | 'SAME',
): [number, number] {
  requireInteger(window, 'window of transposedPadding', 1)
  requireInteger(stride, 'stride of transposedPadding', 1)
  if (padding === 'VALID') return [window - 1, window - 1 + Math.max(stride - window, 0)]
  const total = window + stride - 2
  const low = stride > window - 1 ? window - 1 : Math.ceil(total / 2)
  return [low, total - low]
}

/** Of a transposed convolution: a position of the input every `stride` places, nothing between. */
export function transposedTaps(name: string, sizes: Shape, w: Window): AxisTaps[] {
  requireRank(name, sizes, w)
  const outs = transposedSizes(sizes, w)
  const shift = samePadding(outs, w.window, w.strides)
  return sizes.map((size, i) => {
    const [k, stride, out] = [w.window[i] as number, w.strides[i] as number, outs[i] as number]
    const circular = w.padding === 'CIRCULAR'
    const [low] = transposedPadding(k, stride, w.padding === 'SAME' ? 'SAME' : 'VALID')
    return tapsOf(k, out, (t, o) => {
      const at = circular ? mod(o + (shift[i]?.[0] as number) + t - low, out) : o + t - low
      const source = at / stride
      return at >= 0 && Number.isInteger(source) && source < size ? source : -1
    })
  })
}

const mod = (a: number, n: number): number => ((a % n) + n) % n
