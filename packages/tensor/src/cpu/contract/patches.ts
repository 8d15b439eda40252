/** The patches that a convolution sees, laid out as rows of a matrix. */
import type { FloatArray } from '../wasm/index.js'

/** Elements of a matrix of patches at a time: the working set of a convolution beside its operands. */
export const SLAB: number = 1 << 20

/** One convolution of a block of samples and channels: sizes and places, spatial axes in order. */
export interface ConvGeometry {
  /** Samples, and elements from one to the next, in the input. */
  readonly sampleStride: number
  readonly inSizes: readonly number[]
  readonly inStrides: readonly number[]
  readonly outSizes: readonly number[]
  readonly window: readonly number[]
  readonly strides: readonly number[]
  readonly low: readonly number[]
  readonly lhsDilation: readonly number[]
  readonly rhsDilation: readonly number[]
}

/**
 * For output position o and tap t of one axis, where the input is read: an element offset, or −1 in padding and gaps.
 * Row o of the table begins at o · window.
 */
export function placesOf(g: ConvGeometry, axis: number): Int32Array {
  const [outs, taps] = [g.outSizes[axis] as number, g.window[axis] as number]
  const [stride, low] = [g.strides[axis] as number, g.low[axis] as number]
  const [gap, reach] = [g.lhsDilation[axis] as number, g.rhsDilation[axis] as number]
  const [size, step] = [g.inSizes[axis] as number, g.inStrides[axis] as number]
  const table = new Int32Array(outs * taps)
  for (let o = 0; o < outs; o++) {
    for (let t = 0; t < taps; t++) {
      const place = o * stride + t * reach - low
      const inside = place >= 0 && place % gap === 0 && place / gap < size
      table[o * taps + t] = inside ? (place / gap) * step : -1
    }
  }
  return table
}

/** A run longer than this is copied by `set`. */
const LONG = 48

function copyRun(src: FloatArray, from: number, dst: FloatArray, to: number, n: number): void {
  if (n >= LONG) dst.set(src.subarray(from, from + n), to)
  else for (let i = 0; i < n; i++) dst[to + i] = src[from + i] as number
}

/**
 * Writes rows [first, first + rows) of the patch matrix: row = (sample, output position), columns = (taps, channels).
 * `channels` contiguous input channels from `channel` on; the matrix has taps · channels columns.
 */
export function fillPatches(
  g: ConvGeometry,
  tables: readonly Int32Array[],
  src: FloatArray,
  base: number,
  channels: number,
  first: number,
  rows: number,
  dst: FloatArray,
): void {
  const rank = g.outSizes.length
  const last = rank - 1
  const positions = g.outSizes.reduce((s, d) => s * d, 1)
  const index = new Array<number>(rank).fill(0)
  let sample = Math.floor(first / positions)
  for (let a = last, rest = first % positions; a >= 0; a--) {
    index[a] = rest % (g.outSizes[a] as number)
    rest = Math.floor(rest / (g.outSizes[a] as number))
  }
  const lastTaps = rank === 0 ? 1 : (g.window[last] as number)
  const lastTable = rank === 0 ? Int32Array.of(0) : (tables[last] as Int32Array)
  const outerTaps = g.window.slice(0, Math.max(0, last)).reduce((s, d) => s * d, 1)
  const width = lastTaps * channels
  // Neighbouring taps of the last axis lie next to each other in memory: one run for all of them.
  const dense =
    rank > 0 && g.inStrides[last] === channels && g.rhsDilation[last] === 1 && g.lhsDilation[last] === 1
  let to = 0
  for (let r = 0; r < rows; r++) {
    const origin = base + sample * g.sampleStride
    const row = rank === 0 ? 0 : (index[last] as number) * lastTaps
    let begin = 0
    let end = lastTaps
    if (dense) {
      while (begin < end && (lastTable[row + begin] as number) < 0) begin++
      while (end > begin && (lastTable[row + end - 1] as number) < 0) end--
    }
    for (let t = 0; t < outerTaps; t++) {
      let from = origin
      for (let a = last - 1, rest = t; a >= 0 && from >= 0; a--) {
        const taps = g.window[a] as number
        const place = (tables[a] as Int32Array)[(index[a] as number) * taps + (rest % taps)] as number
        rest = Math.floor(rest / taps)
        from = place < 0 ? -1 : from + place
      }
      if (from < 0) dst.fill(0, to, to + width)
      else if (dense) {
        if (begin > 0) dst.fill(0, to, to + begin * channels)
        if (end > begin) {
          copyRun(
            src,
            from + (lastTable[row + begin] as number),
            dst,
            to + begin * channels,
            (end - begin) * channels,
          )
        }
        if (end < lastTaps) dst.fill(0, to + end * channels, to + width)
      } else {
        for (let l = 0; l < lastTaps; l++) {
          const place = lastTable[row + l] as number
          if (place < 0) dst.fill(0, to + l * channels, to + (l + 1) * channels)
          else copyRun(src, from + place, dst, to + l * channels, channels)
        }
      }
      to += width
    }
    let a = last
    for (; a >= 0; a--) {
      index[a] = (index[a] as number) + 1
      if ((index[a] as number) < (g.outSizes[a] as number)) break
      index[a] = 0
    }
    if (a < 0) sample++
  }
}
