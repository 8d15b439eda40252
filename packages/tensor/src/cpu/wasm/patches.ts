import type { ConvGeometry } from '../contract/patches.js'
import { engine } from './engine.js'
import type { LineKernel } from './exports.js'
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
function segmentsOf(g: ConvGeometry, channels: number, columns: boolean): Segment[] {
  const last = g.outSizes.length - 1
  const taps = g.window[last] as number
  const { from, to } = ranges(g)
  const dense = !columns && g.inStrides[last] === channels && g.rhsDilation[last] === 1
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

/** Patches of `rows` output positions from `first` on: rows of taps · channels elements. */
interface PatchRows {
  readonly g: ConvGeometry
  readonly tables: readonly Int32Array[]
  readonly channels: number
  readonly first: number
  readonly rows: number
  /** Columns for rows: an element of all patches, of one channel, stands beside itself in the next patch. */
  readonly columns: boolean
}

/** Where the outer taps of each line of a sample read, in bytes from the sample's start, or −1: [line · taps + tap]. */
function linePlaces({ g, tables }: PatchRows, outer: readonly number[], bytes: number): Int32Array {
  const lines = outer.reduce((s, d) => s * d, 1)
  const outerTaps = g.window.slice(0, outer.length).reduce((s, d) => s * d, 1)
  const places = new Int32Array(lines * outerTaps)
  for (let line = 0, i = 0; line < lines; line++) {
    for (let t = 0; t < outerTaps; t++, i++) {
      let place = 0
      for (let a = outer.length - 1, tap = t, index = line; a >= 0 && place >= 0; a--) {
        const [outs, taps] = [outer[a] as number, g.window[a] as number]
        const next = (tables[a] as Int32Array)[(index % outs) * taps + (tap % taps)] as number
        place = next < 0 ? -1 : place + next
        index = Math.floor(index / outs)
        tap = Math.floor(tap / taps)
      }
      places[i] = place < 0 ? -1 : place * bytes
    }
  }
  return places
}

/** The segments as the kernel reads them, in bytes: where position 0 of the line would be in the sample and in a patch, the length, from, to. */
function segmentTable({ g, tables, channels, rows, columns }: PatchRows, bytes: number): Int32Array {
  const last = g.outSizes.length - 1
  const lastTaps = g.window[last] as number
  const step = (g.strides[last] as number) * (g.inStrides[last] as number)
  const table = tables[last] as Int32Array
  const segments = segmentsOf(g, channels, columns)
  const apart = (columns ? rows : channels) * bytes
  return Int32Array.from(
    segments.flatMap(({ tap, width, from, to }) => {
      const origin = (table[from * lastTaps + tap] as number) - from * step
      return [origin * bytes, tap * apart, width * channels * bytes, from, to]
    }),
  )
}

/** Tables of lines, and the bytes that they take. */
interface Lines {
  readonly places: Int32Array
  readonly segments: Int32Array
  readonly bytes: number
}

function linesOf(rows: PatchRows, bytes: number): Lines {
  const outer = rows.g.outSizes.slice(0, -1)
  const [places, segments] = [linePlaces(rows, outer, bytes), segmentTable(rows, bytes)]
  return { places, segments, bytes: align(places.byteLength) + align(segments.byteLength) }
}

/**
 * What patches and samples have in common: the positions of a line of outputs have their taps at equal distances, so
 * each tap (or all neighbouring taps at once) is one strided row of runs a line. `sampleAt` says where the next sample lies. The tables
 * go to `at`.
 */
function eachLine(
  { g, channels, first, rows, columns }: PatchRows,
  lines: Lines,
  at: number,
  patches: number,
  bytes: number,
  sampleAt: (sample: number) => number,
  kernel: LineKernel,
): void {
  const last = g.outSizes.length - 1
  const [lineLength, lastTaps] = [g.outSizes[last] as number, g.window[last] as number]
  const linesPerSample = g.outSizes.slice(0, last).reduce((s, d) => s * d, 1)
  const outerTaps = g.window.slice(0, last).reduce((s, d) => s * d, 1)
  const tapBytes = lastTaps * (columns ? rows : channels) * bytes
  const depth = columns ? bytes : outerTaps * tapBytes
  const step = (g.strides[last] as number) * (g.inStrides[last] as number) * bytes
  const segments = at + align(lines.places.byteLength)
  const memory = engine().i32()
  memory.set(lines.places, at / 4)
  memory.set(lines.segments, segments / 4)
  let [staged, place] = [-1, 0]
  for (let row = first; row < first + rows; ) {
    const line = Math.floor(row / lineLength)
    const sample = Math.floor(line / linesPerSample)
    if (sample !== staged) {
      place = sampleAt(sample)
      staged = sample
    }
    const begin = row - line * lineLength
    const end = Math.min(lineLength, begin + first + rows - row)
    kernel(
      place,
      at + (line % linesPerSample) * outerTaps * 4,
      outerTaps,
      tapBytes,
      patches + (row - begin - first) * depth,
      depth,
      segments,
      lines.segments.length / 5,
      step,
      begin,
      end,
    )
    row += end - begin
  }
}

const depthOf = (g: ConvGeometry, channels: number): number => g.window.reduce((s, d) => s * d, channels)

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** Whether neighbouring patches see neighbouring elements, so that their columns are runs of the input. */
export function takesColumns(g: ConvGeometry, channels: number): boolean {
  const last = g.outSizes.length - 1
  return channels === 1 && g.strides[last] === 1 && g.inStrides[last] === 1
}

/**
 * Rows [first, first + rows) of the patch matrix, as `fillPatches` writes them, in the memory of WebAssembly, where
 * they stand until its next use: the memory, and the element at which they begin. With `columns` it is the transposed matrix.
 */
export function stagePatches(
  g: ConvGeometry,
  tables: readonly Int32Array[],
  src: FloatArray,
  base: number,
  channels: number,
  first: number,
  rows: number,
  columns: boolean,
): { readonly data: FloatArray; readonly offset: number } {
  const bytes = src.BYTES_PER_ELEMENT
  const depth = depthOf(g, channels)
  const here = { g, tables, channels, first, rows, columns }
  const lines = linesOf(here, bytes)
  const e = engine()
  const source = e.base + lines.bytes
  const target = source + align(g.sampleStride * bytes)
  e.reserve(target + rows * depth * bytes - e.base)
  const memory = bytes === 8 ? e.f64() : e.f32()
  const offset = target / bytes
  if (tables.some((t) => t.includes(-1))) memory.fill(0, offset, offset + rows * depth)
  const stage = (sample: number): number => {
    const origin = base + sample * g.sampleStride
    memory.set(src.subarray(origin, Math.min(src.length, origin + g.sampleStride)), source / bytes)
    return source
  }
  eachLine(here, lines, e.base, target, bytes, stage, e.call.patchLine)
  return { data: memory, offset }
}

/** As `stagePatches`, to `dst`. */
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
  const { data, offset } = stagePatches(g, tables, src, base, channels, first, rows, false)
  dst.set(data.subarray(offset, offset + rows * depthOf(g, channels)))
}

/**
 * The adjoint of patches: writes `count` samples at `to` of `dst`, each the sum of what the patches of its positions hold
 * of it. `fill` writes the patches, rows of taps · channels, to the memory of WebAssembly from an element on.
 */
export function addPatches(
  g: ConvGeometry,
  tables: readonly Int32Array[],
  channels: number,
  count: number,
  dst: FloatArray,
  to: number,
  fill: (memory: FloatArray, offset: number) => void,
): void {
  const bytes = dst.BYTES_PER_ELEMENT
  const rows = g.outSizes.reduce((s, d) => s * d, count)
  const here = { g, tables, channels, first: 0, rows, columns: false }
  const lines = linesOf(here, bytes)
  const e = engine()
  const sums = e.base + lines.bytes
  const patches = sums + align(count * g.sampleStride * bytes)
  e.reserve(patches + rows * depthOf(g, channels) * bytes - e.base)
  const memory = bytes === 8 ? e.f64() : e.f32()
  fill(memory, patches / bytes)
  memory.fill(0, sums / bytes, sums / bytes + count * g.sampleStride)
  const sumsOf = (sample: number): number => sums + sample * g.sampleStride * bytes
  eachLine(here, lines, e.base, patches, bytes, sumsOf, bytes === 8 ? e.call.addLine64 : e.call.addLine32)
  dst.set(memory.subarray(sums / bytes, sums / bytes + count * g.sampleStride), to)
}
