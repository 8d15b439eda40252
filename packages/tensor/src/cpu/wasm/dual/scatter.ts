import type { DualStep } from '../../../composites/contracts.js'
import { type Engine, engine } from '../engine.js'
import type { PoolRecord } from '../pool.js'
import { poolFor } from '../threads.js'
import type { FloatArray } from '../types.js'
import { rangesOf } from './range.js'
import {
  allotSteps,
  even,
  fours,
  layout,
  MS_PER_STEP,
  tableSize,
  WORK,
  writeSteps,
  writeVariances,
} from './steps.js'

/** Where the kernels of a tile belong: rows and columns from (row, col) on of arrays with `ld` columns. */
export interface DualTarget {
  /** Null: not wanted. */
  readonly nngp: FloatArray | null
  readonly ntk: FloatArray | null
  readonly ld: number
  readonly row: number
  readonly col: number
  /** Only the part on and below the diagonal is computed, and copied to above it as well. col <= row. */
  readonly symmetric: boolean
}

/** Elements of a matrix that are in WebAssembly's memory at a time: rows enough to make the runs above the diagonal long. */
const BLOCK = 1 << 19
const BLOCKS = 8
/** Rows that go through the steps at a time: they stay in the second-level cache until they are transposed. */
const PART = 16

/** Numbers from row to row for `cols` columns: rows that were a multiple of 512 bytes apart would crowd into few sets of the caches. */
function rowLength(cols: number): number {
  const least = fours(cols)
  return least % 64 === 0 ? least + 8 : least
}

/** Where a block of one matrix is in WebAssembly's memory, and what gets it. */
interface Place {
  readonly into: FloatArray | null
  /** Byte addresses of the block [tall, width] and of its transpose [width, tall], which only `symmetric` has. */
  readonly at: number
  readonly mirror: number
}

interface Block {
  readonly places: readonly [nngp: Place, ntk: Place]
  readonly width: number
  readonly tall: number
  /** The row of the matrix it begins with. */
  readonly row: number
  /** Rows and columns in use. */
  readonly rows: number
  readonly cols: number
}

/** Copies one finished matrix of a block to its rows, and what is below the diagonal to the columns above it too. */
function scatter(e: Engine, block: Block, { into, at, mirror }: Place, target: DualTarget): void {
  if (into === null) return
  const memory = e.f64()
  const { width, tall, row, rows, cols } = block
  const { ld, col, symmetric } = target
  for (let i = 0; i < rows; i++) {
    const from = at / 8 + i * width
    const count = symmetric ? Math.min(cols, row + i + 1 - col) : cols
    into.set(memory.subarray(from, from + count), (row + i) * ld + col)
  }
  if (!symmetric) return
  for (let j = 0; j < cols; j++) {
    const first = Math.max(0, col + j + 1 - row)
    if (first >= rows) return
    const from = mirror / 8 + j * tall
    into.set(memory.subarray(from + first, from + rows), (col + j) * ld + row + first)
  }
}

/** Writes K of a whole tile to rows of `ld` float64 from element `at` of `memory` on. */
export type FillTile = (memory: Float64Array, at: number, ld: number) => void

/** Writes the used of `cols` columns of k's rows to the block, and zeros up to the next four. */
function bring(e: Engine, block: Block, k: FloatArray, cols: number, firstRow: number): void {
  const memory = e.f64()
  let to = block.places[0].at / 8
  for (let i = 0; i < block.rows; i++, to += block.width) {
    const from = (block.row - firstRow + i) * cols
    memory.set(k.subarray(from, from + block.cols), to)
    memory.fill(0, to + block.cols, to + fours(block.cols))
  }
}

/**
 * As `dualStack`, of a tile k [rows, cols] that is left as it is, or that is made where the steps want it, with Θ from zero on and the
 * results copied to where they belong. `q11` [rows] and `q22` [cols] are the variances before the first step. With threads, the caller
 * copies the block before and the block after while they compute one.
 */
export function dualStackInto(
  steps: readonly DualStep[],
  k: FloatArray | FillTile,
  q11: FloatArray,
  q22: FloatArray,
  rows: number,
  cols: number,
  target: DualTarget,
): void {
  if (rows === 0 || cols === 0) return
  const { symmetric } = target
  const pool = poolFor(rows * cols * steps.length * MS_PER_STEP)
  const e = pool?.engine ?? engine()
  const width = rowLength(cols)
  const stride1 = even(rows)
  // With threads, blocks enough that the copies of the last, which nothing runs beside, are few.
  const most = Math.min(BLOCK / width, pool === null ? Infinity : rows / BLOCKS)
  const tall = Math.min(stride1, Math.max(PART, Math.floor(most / PART) * PART))
  const allot = layout(e.base)
  const v1 = allot(tableSize(steps.length, stride1))
  const v2 = allot(tableSize(steps.length, width))
  const ranges = rangesOf(steps, q11, q22)
  const places = allotSteps(allot, steps, ranges, { at: v1, stride: stride1 }, { at: v2, stride: width })
  const table = places.at
  const work = allot((pool === null ? 1 : Math.ceil(tall / PART)) * WORK)
  const made = typeof k === 'function' ? allot(stride1 * width) : null
  const place = (into: FloatArray | null, at = allot(tall * width)): Place => {
    // A load and a store at equal places of two pages look like one place to the processor for a while.
    allot(72)
    return { into, at, mirror: into !== null && symmetric ? allot(tall * width) : 0 }
  }
  const sets = Array.from(
    { length: pool !== null && rows > tall ? 2 : 1 },
    () => [place(target.nngp, made ?? undefined), place(target.ntk)] as const,
  )
  e.reserve(allot(0) - e.base)
  if (typeof k === 'function') k(e.f64(), (made as number) / 8, width)
  writeSteps(e, steps, places)
  writeVariances(e, table, steps, q11, v1, stride1)
  writeVariances(e, table, steps, q22, v2, width)

  const blocks = Array.from({ length: Math.ceil(rows / tall) }, (_, b): Block => {
    const row = target.row + b * tall
    const count = Math.min(tall, rows - b * tall)
    const used = symmetric ? Math.min(cols, row + count - target.col) : cols
    const [nngp, ntk] = sets[b % sets.length] as Block['places']
    // A tile that was made here is worked on in place.
    const at = made === null ? nngp.at : made + b * tall * width * 8
    return { places: [{ ...nngp, at }, ntk], width, tall, row, rows: count, cols: used }
  })
  const finish = (block: Block): void => {
    for (const matrix of block.places) scatter(e, block, matrix, target)
  }
  const calls = (block: Block): PoolRecord[] => {
    const [nngp, ntk] = block.places
    const list: PoolRecord[] = []
    for (let from = 0; from < block.rows; from += PART) {
      const size = Math.min(PART, block.rows - from)
      const columns = fours(
        symmetric ? Math.min(block.cols, block.row + from + size - target.col) : block.cols,
      )
      const down = from * width * 8
      const theta = ntk.into === null ? 0 : ntk.at + down
      const variances = v1 + (block.row - target.row + from) * 8
      const own = work + (pool === null ? 0 : from / PART) * WORK * 8
      const tile = [nngp.at + down, theta, size, columns, width * 8] as const
      list.push([
        'dualTile',
        table,
        steps.length,
        ...tile,
        variances,
        stride1 * 8,
        v2,
        width * 8,
        1,
        own,
        0,
        0,
      ])
      for (const { at, mirror } of block.places) {
        if (mirror !== 0)
          list.push(['transpose64', at + down, even(size), columns, width * 8, mirror + from * 8, tall * 8])
      }
    }
    return list
  }
  const each = 1 + (symmetric ? [target.nngp, target.ntk].filter((into) => into !== null).length : 0)
  blocks.forEach((block, b) => {
    const [before, after] = [blocks[b - 1], blocks[b + 1]]
    if (typeof k !== 'function' && (pool === null || b === 0)) bring(e, block, k, cols, target.row)
    if (pool === null) {
      for (const [name, ...args] of calls(block)) (e.call[name] as (...args: number[]) => void)(...args)
      finish(block)
      return
    }
    pool.run(each, calls(block), () => {
      if (before !== undefined) finish(before)
      if (typeof k !== 'function' && after !== undefined) bring(e, after, k, cols, target.row)
    })
  })
  const last = blocks.at(-1)
  if (pool !== null && last !== undefined) finish(last)
}
