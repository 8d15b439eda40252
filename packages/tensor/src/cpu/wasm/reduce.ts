import { engine, loadWide } from './engine.js'
import type { FloatArray, ReduceName } from './types.js'

/** Elements of a row reduced in one go; longer rows are sums of such pieces, added pairwise. */
const PIECE = 1024
/** Elements brought over at a time. */
const CHUNK = 8192
/** Rows that a column sum adds one after another before it becomes a leaf of the pairwise tree. */
const ROW_PIECE = 128

const code = { sum: 0, max: 1, min: 2 } as const satisfies Record<ReduceName, number>
const neutral = { sum: 0, max: -Infinity, min: Infinity } as const satisfies Record<ReduceName, number>

const combine = {
  sum: (x: number, y: number): number => x + y,
  max: Math.max,
  min: Math.min,
} as const satisfies Record<ReduceName, (x: number, y: number) => number>

/** Pairwise over values[from, from + n): a tree fixed by n alone. */
function tree(op: ReduceName, values: Float64Array, from: number, n: number): number {
  if (n <= 2) {
    return n === 1
      ? (values[from] as number)
      : combine[op](values[from] as number, values[from + 1] as number)
  }
  const half = n >> 1
  return combine[op](tree(op, values, from, half), tree(op, values, from + half, n - half))
}

/** out[r] = reduction of `rows` contiguous rows of at most PIECE elements, starting at src[from]. */
function shortRows(
  op: ReduceName,
  src: FloatArray,
  from: number,
  rows: number,
  cols: number,
  out: FloatArray,
): void {
  const e = engine()
  const at = e.base
  const wide = at + CHUNK * 8
  const results = wide + CHUNK * 4
  e.reserve(CHUNK * 20)
  const many = Math.max(1, Math.floor(CHUNK / cols))
  for (let r = 0; r < rows; r += many) {
    const count = Math.min(many, rows - r)
    loadWide(e, src, from + r * cols, count * cols, at, wide)
    e.call.reduceRows(code[op], at, count, cols, results)
    out.set(e.f64().subarray(results / 8, results / 8 + count), r)
  }
}

/**
 * dst[r] = reduction over the columns of row r of a contiguous [rows, cols] matrix. Sums run in float64 (float32 is
 * rounded once at the end) in an order that depends on `cols` alone; NaN travels through max and min. Empty rows give
 * 0, -Infinity, Infinity.
 */
export function reduceRows(
  op: ReduceName,
  src: FloatArray,
  rows: number,
  cols: number,
  dst: FloatArray,
): void {
  if (cols === 0) {
    dst.fill(neutral[op], 0, rows)
    return
  }
  if (cols <= PIECE) return shortRows(op, src, 0, rows, cols, dst)
  const whole = Math.floor(cols / PIECE)
  const rest = cols - whole * PIECE
  const pieces = new Float64Array(whole + 1)
  for (let r = 0; r < rows; r++) {
    shortRows(op, src, r * cols, whole, PIECE, pieces)
    if (rest > 0) shortRows(op, src, r * cols + whole * PIECE, 1, rest, pieces.subarray(whole))
    dst[r] = tree(op, pieces, 0, rest > 0 ? whole + 1 : whole)
  }
}

/** dst[c] = reduction over the rows of column c of a contiguous [rows, cols] matrix; the order depends on `rows` alone. */
export function reduceColumns(
  op: ReduceName,
  src: FloatArray,
  rows: number,
  cols: number,
  dst: FloatArray,
): void {
  const pieces = Math.max(1, Math.ceil(rows / ROW_PIECE))
  const partial = new Float64Array(pieces * cols).fill(neutral[op])
  const e = engine()
  const width = Math.min(cols, CHUNK / 2)
  const at = e.base
  const wide = at + CHUNK * 8
  const acc = wide + CHUNK * 4
  e.reserve(CHUNK * 20)
  for (let c = 0; c < cols; c += width) {
    const count = Math.min(width, cols - c)
    // whole rows come over several at a time; a slice of wider rows one by one
    const many = count === cols ? Math.max(1, Math.floor(CHUNK / cols)) : 1
    for (let p = 0; p < pieces; p++) {
      const end = Math.min(rows, (p + 1) * ROW_PIECE)
      e.f64().fill(neutral[op], acc / 8, acc / 8 + count)
      for (let r = p * ROW_PIECE; r < end; r += many) {
        const taken = Math.min(many, end - r)
        loadWide(e, src, r * cols + c, taken * count, at, wide)
        e.call.reduceColumns(code[op], at, taken, count, acc)
      }
      partial.set(e.f64().subarray(acc / 8, acc / 8 + count), p * cols + c)
    }
  }
  const column = new Float64Array(pieces)
  for (let c = 0; c < cols; c++) {
    for (let p = 0; p < pieces; p++) column[p] = partial[p * cols + c] as number
    dst[c] = tree(op, column, 0, pieces)
  }
}
