import type { ConvGeometry } from '../contract/patches.js'
import { engine } from './engine.js'
import type { FloatArray } from './types.js'

/** A sample larger than this is not brought over. */
const MOST = 64 << 20

/** Output positions of the last axis at which a tap reads inside the input: [from, to) for each tap. */
function ranges(g: ConvGeometry): { readonly from: Int32Array; readonly to: Int32Array } {
  const last = g.outSizes.length - 1
  const [taps, outs, size] = [g.window[last] as number, g.outSizes[last] as number, g.inSizes[last] as number]
  const [stride, low, reach] = [
    g.strides[last] as number,
    g.low[last] as number,
    g.rhsDilation[last] as number,
  ]
  const from = new Int32Array(taps)
  const to = new Int32Array(taps)
  for (let t = 0; t < taps; t++) {
    from[t] = Math.min(outs, Math.max(0, Math.ceil((low - t * reach) / stride)))
    to[t] = Math.max(from[t] as number, Math.min(outs, Math.floor((size - 1 + low - t * reach) / stride) + 1))
  }
  return { from, to }
}

/** Taps [tap, tap + width) that are copied together for output positions [from, to) of the last axis. */
interface Segment {
  readonly tap: number
  readonly width: number
  readonly from: number
  readonly to: number
}

/** All taps at once where they lie next to each other and inside the input, one by one at the edges. */
function segmentsOf(g: ConvGeometry, channels: number): Segment[] {
  const last = g.outSizes.length - 1
  const taps = g.window[last] as number
  const { from, to } = ranges(g)
  const dense = g.inStrides[last] === channels && g.rhsDilation[last] === 1
  const inner = from[0] as number
  const innerEnd = dense ? Math.max(inner, to[taps - 1] as number) : inner
  const list: Segment[] = [{ tap: 0, width: taps, from: inner, to: innerEnd }]
  for (let tap = 0; tap < taps; tap++) {
    const [lo, hi] = [from[tap] as number, to[tap] as number]
    if (innerEnd === inner) list.push({ tap, width: 1, from: lo, to: hi })
    else {
      list.push({ tap, width: 1, from: lo, to: Math.min(hi, inner) })
      list.push({ tap, width: 1, from: Math.max(lo, innerEnd), to: hi })
    }
  }
  return list.filter((s) => s.from < s.to)
}

/** Whether `copyPatches` takes this geometry: a last axis without gaps, samples of bounded size. */
export function takesPatches(g: ConvGeometry, src: FloatArray): boolean {
  const last = g.outSizes.length - 1
  return last >= 0 && g.lhsDilation[last] === 1 && g.sampleStride * src.BYTES_PER_ELEMENT <= MOST
}

/**
 * Writes rows [first, first + rows) of the patch matrix, as `fillPatches` does: the positions of a line of outputs
 * have their taps at equal distances, so each tap (or all neighbouring taps at once) is one strided copy a line.
 */
export function copyPatches(
  g: ConvGeometry,
  tables: readonly Int32Array[],
  src: FloatArray,
  base: number,
  channels: number,
  first: number,
  rows: number,
  dst: FloatArray,
): void {
  const last = g.outSizes.length - 1
  const bytes = src.BYTES_PER_ELEMENT
  const [lineLength, lastTaps] = [g.outSizes[last] as number, g.window[last] as number]
  const outer = g.outSizes.slice(0, last)
  const linesPerSample = outer.reduce((s, d) => s * d, 1)
  const outerTaps = g.window.slice(0, last).reduce((s, d) => s * d, 1)
  const depth = outerTaps * lastTaps * channels
  const step = (g.strides[last] as number) * (g.inStrides[last] as number)
  const table = tables[last] as Int32Array
  const segments = segmentsOf(g, channels)
  const e = engine()
  const source = e.base
  const target = source + Math.ceil((g.sampleStride * bytes) / 64) * 64
  e.reserve(target + rows * depth * bytes - e.base)
  const memory = bytes === 8 ? e.f64() : e.f32()
  if (tables.some((t) => t.includes(-1))) memory.fill(0, target / bytes, target / bytes + rows * depth)
  let staged = -1
  for (let row = first; row < first + rows; ) {
    const line = Math.floor(row / lineLength)
    const sample = Math.floor(line / linesPerSample)
    if (sample !== staged) {
      const origin = base + sample * g.sampleStride
      memory.set(src.subarray(origin, Math.min(src.length, origin + g.sampleStride)), source / bytes)
      staged = sample
    }
    const begin = row - line * lineLength
    const end = Math.min(lineLength, begin + first + rows - row)
    for (let t = 0; t < outerTaps; t++) {
      let place = 0
      for (let a = last - 1, tap = t, index = line % linesPerSample; a >= 0 && place >= 0; a--) {
        const [outs, taps] = [outer[a] as number, g.window[a] as number]
        const next = (tables[a] as Int32Array)[(index % outs) * taps + (tap % taps)] as number
        place = next < 0 ? -1 : place + next
        index = Math.floor(index / outs)
        tap = Math.floor(tap / taps)
      }
      if (place < 0) continue
      for (const { tap, width, from, to } of segments) {
        const [a, b] = [from > begin ? from : begin, to < end ? to : end]
        if (a >= b) continue
        e.call.copyRuns(
          target + ((row - begin + a - first) * depth + (t * lastTaps + tap) * channels) * bytes,
          depth * bytes,
          source + (place + (table[a * lastTaps + tap] as number)) * bytes,
          step * bytes,
          width * channels * bytes,
          b - a,
        )
      }
    }
    row += end - begin
  }
  dst.set(memory.subarray(target / bytes, target / bytes + rows * depth))
}
