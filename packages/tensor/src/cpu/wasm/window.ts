import type { WindowParamsRecord } from '../../primitives.js'
import { type Shape, sizeOf } from '../../shape.js'
import { engine } from './engine.js'
import type { FloatArray } from './types.js'

/** More taps than this a window, and one axis after the other is faster. */
const TAPS = 64
/** Entries of a table, and elements of a block, that are brought over. */
const MOST = 1 << 22
/** Elements brought over at a time where blocks are small. */
const CHUNK = 1 << 15

/** Windows over the axes between the first and the last that have any: [outer, block, inner] to [outer, windows, inner]. */
export interface Windows {
  readonly outer: number
  readonly block: number
  readonly windows: number
  readonly inner: number
  /** A line of taps + 1 a window: how many of its taps read inside, and the places of those in a block, in order. */
  readonly table: Int32Array
  readonly taps: number
}

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64

/** What the taps of a window along an axis read, for each output: places, −1 in padding and gaps. */
function placesAlong(axis: number, size: number, count: number, p: WindowParamsRecord): number[][] {
  const [taps, stride, reach] = [p.window[axis], p.strides[axis], p.windowDilation[axis]] as number[]
  const [gap, low] = [p.baseDilation[axis] as number, p.padding[axis]?.[0] ?? 0]
  return Array.from({ length: count }, (_, o) =>
    Array.from({ length: taps as number }, (_, t) => {
      const place = o * (stride as number) + t * (reach as number) - low
      return place >= 0 && place % gap === 0 && place / gap < size ? place / gap : -1
    }),
  )
}

/** The windows as one table; null where they are too many or too large, or where every window is its element itself. */
export function windowsOf(shape: Shape, counts: Shape, p: WindowParamsRecord): Windows | null {
  const isPlain = (axis: number): boolean =>
    p.window[axis] === 1 &&
    p.strides[axis] === 1 &&
    p.baseDilation[axis] === 1 &&
    counts[axis] === shape[axis] &&
    (p.padding[axis]?.[0] ?? 0) === 0
  const axes = shape.map((_, axis) => axis).filter((axis) => !isPlain(axis))
  const [first, last] = [axes[0], axes.at(-1)]
  if (first === undefined || last === undefined) return null
  const sizes = shape.slice(first, last + 1)
  const [outer, block, inner] = [sizeOf(shape.slice(0, first)), sizeOf(sizes), sizeOf(shape.slice(last + 1))]
  const windows = sizeOf(counts.slice(first, last + 1))
  const taps = sizeOf(p.window.slice(first, last + 1))
  const most = Math.max(windows * (taps + 1), (2 * block + windows) * inner)
  if (taps > TAPS || most > MOST || outer * block * inner === 0 || windows === 0) return null
  const along = sizes.map((size, i) => placesAlong(first + i, size, counts[first + i] as number, p))
  const table = new Int32Array(windows * (taps + 1))
  let line = 0
  const write = (axis: number, rows: readonly (readonly number[])[], at: number): void => {
    const places = rows[axis]
    if (places === undefined) {
      table[line + 1 + (table[line] as number)] = at
      table[line] = (table[line] as number) + 1
      return
    }
    for (const place of places) if (place >= 0) write(axis + 1, rows, at * (sizes[axis] as number) + place)
  }
  const eachWindow = (rows: readonly (readonly number[])[]): void => {
    const next = along[rows.length]
    if (next === undefined) {
      write(0, rows, 0)
      line += taps + 1
    } else for (const places of next) eachWindow([...rows, places])
  }
  eachWindow([])
  return { outer, block, windows, inner, table, taps }
}

/** An operand of a kernel: read before it, written after it, or both; elements of a block, or of its windows. */
interface Operand {
  readonly data: FloatArray
  readonly of: 'block' | 'windows'
  /** `sum`: begins at zeros. */
  readonly use: 'read' | 'write' | 'sum'
}

/** Runs `kernel` on blocks of the operands, given where they and the table lie. */
function run(
  w: Windows,
  operands: readonly Operand[],
  kernel: (at: readonly number[], table: number) => void,
): void {
  const e = engine()
  const bytes = (operands[0] as Operand).data.BYTES_PER_ELEMENT
  const sizes = operands.map(({ of }) => w[of] * w.inner)
  const many = Math.max(1, Math.min(w.outer, Math.floor(CHUNK / Math.max(...sizes))))
  const table = e.base
  const places: number[] = []
  let end = align(table + w.table.byteLength)
  for (const size of sizes) {
    places.push(end)
    end = align(end + many * size * bytes)
  }
  e.reserve(end - e.base)
  const scale = w.inner * bytes
  const entries = e.i32()
  // counts stay, places become bytes
  w.table.forEach((value, i) => {
    entries[table / 4 + i] = i % (w.taps + 1) === 0 ? value : value * scale
  })
  const memory = bytes === 8 ? e.f64() : e.f32()
  for (let o = 0; o < w.outer; o += many) {
    const count = Math.min(many, w.outer - o)
    operands.forEach(({ data, use }, k) => {
      const [size, at] = [sizes[k] as number, (places[k] as number) / bytes]
      if (use === 'read') memory.set(data.subarray(o * size, (o + count) * size), at)
      else if (use === 'sum') memory.fill(0, at, at + count * size)
    })
    for (let i = 0; i < count; i++) {
      kernel(
        places.map((at, k) => at + i * (sizes[k] as number) * bytes),
        table,
      )
    }
    operands.forEach(({ data, use }, k) => {
      const [size, at] = [sizes[k] as number, (places[k] as number) / bytes]
      if (use !== 'read') data.set(memory.subarray(at, at + count * size), o * size)
    })
  }
}

const lineOf = (w: Windows): number => 4 * (w.taps + 1)

/** out = the maximum of each window of x, −∞ where it reads nothing. */
export function windowMax(w: Windows, x: FloatArray, out: FloatArray): void {
  const { call } = engine()
  const wide = x.BYTES_PER_ELEMENT
  const kernel = wide === 8 ? call.windowMax64 : call.windowMax32
  const operands: Operand[] = [
    { data: x, of: 'block', use: 'read' },
    { data: out, of: 'windows', use: 'write' },
  ]
  run(w, operands, ([src, dst], table) =>
    kernel(src as number, table, lineOf(w), w.windows, w.inner * wide, dst as number),
  )
}

/** out = what t holds where x has the first maximum of each window, 0 where it reads nothing. */
export function windowGatherMax(w: Windows, x: FloatArray, t: FloatArray, out: FloatArray): void {
  const { call } = engine()
  const wide = x.BYTES_PER_ELEMENT
  const kernel = wide === 8 ? call.gatherMax64 : call.gatherMax32
  const operands: Operand[] = [
    { data: x, of: 'block', use: 'read' },
    { data: t, of: 'block', use: 'read' },
    { data: out, of: 'windows', use: 'write' },
  ]
  run(w, operands, ([src, other, dst], table) =>
    kernel(src as number, other as number, table, lineOf(w), w.windows, w.inner * wide, dst as number),
  )
}

/** out = ct of each window, added up where x has its first maximum; zeros elsewhere. */
export function windowScatterMax(w: Windows, x: FloatArray, ct: FloatArray, out: FloatArray): void {
  const { call } = engine()
  const wide = x.BYTES_PER_ELEMENT
  const kernel = wide === 8 ? call.scatterMax64 : call.scatterMax32
  const operands: Operand[] = [
    { data: x, of: 'block', use: 'read' },
    { data: ct, of: 'windows', use: 'read' },
    { data: out, of: 'block', use: 'sum' },
  ]
  run(w, operands, ([src, given, dst], table) =>
    kernel(src as number, given as number, table, lineOf(w), w.windows, w.inner * wide, dst as number),
  )
}
