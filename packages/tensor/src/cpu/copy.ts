/** Moving elements: the one routine under transposition, slicing, padding, reversal, broadcasting and joining. */
import type { TypedArray } from '../dtype.js'
import type { Shape } from '../shape.js'
import { collapse, walk } from './loops.js'
import { copyShortRuns } from './wasm/short-runs.js'

/** A run shorter than this is copied by a loop, a longer one by `set`, whose call costs more than a few elements. */
const SHORT = 40
/** Side of the square tiles of a transposition: two tiles of float64 fill half of a first-level cache. */
const TILE = 32

/** float32 as int32: moving bits needs no conversion to a double and back. */
function bits(array: TypedArray): TypedArray {
  return array instanceof Float32Array ? new Int32Array(array.buffer, array.byteOffset, array.length) : array
}

function run(
  src: TypedArray,
  s: number,
  ds: number,
  dst: TypedArray,
  d: number,
  dd: number,
  n: number,
): void {
  const even = n - (n & 3)
  let i = 0
  for (; i < even; i += 4) {
    dst[d] = src[s] as number
    dst[d + dd] = src[s + ds] as number
    dst[d + 2 * dd] = src[s + 2 * ds] as number
    dst[d + 3 * dd] = src[s + 3 * ds] as number
    d += 4 * dd
    s += 4 * ds
  }
  for (; i < n; i++) {
    dst[d] = src[s] as number
    d += dd
    s += ds
  }
}

/** dst[c, r] of a [rows, cols] block, tile by tile. */
function tiles(
  src: TypedArray,
  s: number,
  rowSrc: number,
  colSrc: number,
  dst: TypedArray,
  d: number,
  rowDst: number,
  colDst: number,
  rows: number,
  cols: number,
): void {
  for (let r0 = 0; r0 < rows; r0 += TILE) {
    const r1 = Math.min(rows, r0 + TILE)
    for (let c0 = 0; c0 < cols; c0 += TILE) {
      const n = Math.min(cols, c0 + TILE) - c0
      for (let r = r0; r < r1; r++) {
        run(src, s + r * rowSrc + c0 * colSrc, colSrc, dst, d + r * rowDst + c0 * colDst, colDst, n)
      }
    }
  }
}

/**
 * dst[dstAt + Σ i·dstStrides] = src[srcAt + Σ i·srcStrides] for every index i of `shape`. Arrays of one type.
 * Strides may be negative, and 0 on the side of `src`.
 */
export function copyStrided(
  src: TypedArray,
  srcAt: number,
  srcStrides: readonly number[],
  dst: TypedArray,
  dstAt: number,
  dstStrides: readonly number[],
  shape: Shape,
): void {
  if (shape.includes(0)) return
  const [from, to] = [bits(src), bits(dst)]
  const loops = collapse(shape, [srcStrides, dstStrides])
  const rank = loops.shape.length
  const [ss, ds] = loops.strides as readonly [readonly number[], readonly number[]]
  if (rank === 0) {
    to[dstAt] = from[srcAt] as number
    return
  }
  const n = loops.shape[rank - 1] as number
  const [s1, d1] = [ss[rank - 1] as number, ds[rank - 1] as number]
  // the axis along which the source is contiguous, where that is not the innermost one
  const other = s1 === 1 || s1 === 0 ? -1 : ss.findIndex((s, a) => s === 1 && a < rank - 1)
  if (other >= 0 && (loops.shape[other] as number) > 1) {
    const outer = ss.map((_, a) => a).filter((a) => a !== other && a !== rank - 1)
    const rows = loops.shape[other] as number
    const rowDst = ds[other] as number
    const rest = {
      shape: outer.map((a) => loops.shape[a] as number),
      strides: [outer.map((a) => ss[a] as number), outer.map((a) => ds[a] as number)],
    }
    walk(rest, outer.length, [srcAt, dstAt], ([s, d]) => {
      tiles(from, s as number, 1, s1, to, d as number, rowDst, d1, rows, n)
    })
    return
  }
  if (s1 === 1 && d1 === 1 && n < SHORT && copyShortRuns(from, srcAt, to, dstAt, loops)) return
  walk(loops, rank - 1, [srcAt, dstAt], ([s, d]) => {
    const [a, b] = [s as number, d as number]
    if (d1 === 1 && n >= SHORT && s1 === 1) to.set(from.subarray(a, a + n), b)
    else if (d1 === 1 && n >= SHORT && s1 === 0) to.fill(from[a] as number, b, b + n)
    else run(from, a, s1, to, b, d1, n)
  })
}
