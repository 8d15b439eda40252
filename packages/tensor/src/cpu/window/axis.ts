/** Windows one axis at a time: a window over several axes is a window over each in turn. */
import type { TypedArray } from '../../dtype.js'
import type { WindowParamsRecord } from '../../primitives.js'
import { type Shape, sizeOf } from '../../shape.js'

/** The windows along one axis of [outer, size, inner]. */
export interface AxisWindows {
  readonly outer: number
  readonly size: number
  readonly inner: number
  /** Number of windows, taps of each, and where each tap reads: −1 in padding and gaps, at [window · taps + tap]. */
  readonly windows: number
  readonly taps: number
  readonly places: Int32Array
}

/** The axes that are windowed at all, last first; each one's outer sizes are those of the input. */
export function axisWindows(shape: Shape, windows: Shape, p: WindowParamsRecord): AxisWindows[] {
  const list: AxisWindows[] = []
  let inner = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [size, count, taps] = [shape[axis] as number, windows[axis] as number, p.window[axis] as number]
    const [stride, low] = [p.strides[axis] as number, p.padding[axis]?.[0] ?? 0]
    const [gap, reach] = [p.baseDilation[axis] as number, p.windowDilation[axis] as number]
    const places = new Int32Array(count * taps)
    let same = taps === 1 && count === size
    for (let o = 0; o < count; o++) {
      for (let t = 0; t < taps; t++) {
        const place = o * stride + t * reach - low
        const inside = place >= 0 && place % gap === 0 && place / gap < size
        places[o * taps + t] = inside ? place / gap : -1
        same = same && inside && place / gap === o
      }
    }
    if (!same) list.push({ outer: sizeOf(shape.slice(0, axis)), size, inner, windows: count, taps, places })
    inner *= count
  }
  return list
}

/** out += x over windows; `out` starts at zeros. */
export function sumWindows(w: AxisWindows, x: TypedArray, out: TypedArray): void {
  const { outer, size, inner, windows, taps, places } = w
  for (let o = 0, to = 0; o < outer; o++) {
    for (let k = 0; k < windows; k++, to += inner) {
      for (let t = 0; t < taps; t++) {
        const place = places[k * taps + t] as number
        if (place < 0) continue
        const from = (o * size + place) * inner
        for (let i = 0; i < inner; i++) out[to + i] = (out[to + i] as number) + (x[from + i] as number)
      }
    }
  }
}

/** out = max of x over windows; `out` starts at the lowest number of its dtype. */
export function maxWindows(w: AxisWindows, x: TypedArray, out: TypedArray): void {
  const { outer, size, inner, windows, taps, places } = w
  for (let o = 0, to = 0; o < outer; o++) {
    for (let k = 0; k < windows; k++, to += inner) {
      for (let t = 0; t < taps; t++) {
        const place = places[k * taps + t] as number
        if (place < 0) continue
        const from = (o * size + place) * inner
        for (let i = 0; i < inner; i++) {
          const v = x[from + i] as number
          // true also for a NaN that is not there yet
          if (!(v <= (out[to + i] as number)) && out[to + i] === out[to + i]) out[to + i] = v
        }
      }
    }
  }
}

/**
 * The place of the first maximum of each window. `best` holds, for each element of the axis' input, its place in the
 * whole operand (−1: none); taps of the axes after this one were folded before, so first means first in row-major order.
 */
export function firstMaxima(w: AxisWindows, x: TypedArray, best: Int32Array | null, out: Int32Array): void {
  const { outer, size, inner, windows, taps, places } = w
  out.fill(-1)
  for (let o = 0, to = 0; o < outer; o++) {
    for (let k = 0; k < windows; k++, to += inner) {
      for (let t = 0; t < taps; t++) {
        const place = places[k * taps + t] as number
        if (place < 0) continue
        const from = (o * size + place) * inner
        for (let i = 0; i < inner; i++) {
          const candidate = best === null ? from + i : (best[from + i] as number)
          if (candidate < 0) continue
          const held = out[to + i] as number
          if (held < 0) {
            out[to + i] = candidate
            continue
          }
          const [v, top] = [x[candidate] as number, x[held] as number]
          if (v > top || (v !== v && top === top)) out[to + i] = candidate
        }
      }
    }
  }
}
