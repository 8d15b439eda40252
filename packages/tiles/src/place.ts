/** Where the numbers of a tile belong in a result, or in some of its rows; and what follows from them above the diagonal. */
import { type Shape, sizeOf } from '@ntk/tensor'
import type { Floats, ResultArray } from './arrays.js'
import { type Block, isDiagonal, lengthOf, type Tile, type TilePlan } from './plan.js'

/** Rows of a result as one array: [rows, n2, ...]. */
export interface Window {
  readonly rows: Block
  readonly into: Floats
}

/** Copies what a tile has of an array over pairs to the rows of a window: the tile itself, and its mirror image where the plan is symmetric. */
export function placePairs(plan: TilePlan, array: ResultArray, tile: Tile, data: Floats, to: Window): void {
  const width = sizeOf(array.trailing)
  const stride = plan.n2 * width
  const run = lengthOf(tile.cols) * width
  const { start, stop } = overlap(tile.rows, to.rows)
  for (let i = start; i < stop; i++) {
    const from = (i - tile.rows.start) * run
    to.into.set(data.subarray(from, from + run), (i - to.rows.start) * stride + tile.cols.start * width)
  }
  if (plan.symmetric) placeMirror(array, tile, data, { ...to, n: plan.n2, diagonal: isDiagonal(plan, tile) })
}

/** Copies what a tile has of an array over rows or columns. */
export function placeSamples({ over, trailing }: ResultArray, tile: Tile, data: Floats, to: Window): void {
  const width = sizeOf(trailing)
  const block = over === 'rows' ? tile.rows : tile.cols
  const { start, stop } = overlap(block, to.rows)
  if (start >= stop) return
  const part = data.subarray((start - block.start) * width, (stop - block.start) * width)
  to.into.set(part, (start - to.rows.start) * width)
}

export function overlap(a: Block, b: Block): Block {
  return { start: Math.max(a.start, b.start), stop: Math.min(a.stop, b.stop) }
}

interface MirrorWindow extends Window {
  /** Columns of the result. */
  readonly n: number
  /** Whether the tile is a block of rows with itself. */
  readonly diagonal: boolean
}

/** What a tile's part below the diagonal says of the part above. */
function placeMirror(array: ResultArray, tile: Tile, data: Floats, to: MirrorWindow): void {
  const { start, stop } = overlap(tile.cols, to.rows)
  const { into, n, diagonal } = to
  const top = to.rows.start
  if (array.trailing.length === 0) {
    const mirror = diagonal ? mirrorDiagonal : mirrorBelow
    mirror(into, data, tile, { n, top, start, stop })
    return
  }
  const width = sizeOf(array.trailing)
  const swap = array.exchanged.length === 0 ? null : exchangedPlaces(array.trailing, array.exchanged)
  const columns = lengthOf(tile.cols)
  for (let j = start; j < stop; j++) {
    for (let i = diagonal ? j : tile.rows.start; i < tile.rows.stop; i++) {
      const from = ((i - tile.rows.start) * columns + j - tile.cols.start) * width
      const at = ((j - top) * n + i) * width
      if (swap === null) into.set(data.subarray(from, from + width), at)
      // Of a sample with itself one half of the places says the other.
      else if (diagonal && i === j) placeHalf(into, at, data, from, swap)
      else for (let s = 0; s < width; s++) into[at + (swap[s] as number)] = data[from + s] as number
    }
  }
}

function placeHalf(into: Floats, at: number, data: Floats, from: number, swap: Int32Array): void {
  for (let s = 0; s < swap.length; s++) {
    const mirror = swap[s] as number
    into[at + Math.min(s, mirror)] = data[from + Math.max(s, mirror)] as number
  }
}

interface MirrorPlace {
  /** Columns of the result, and its first row that is in the window. */
  readonly n: number
  readonly top: number
  /** Rows of the result that are wanted: columns of the tile. */
  readonly start: number
  readonly stop: number
}

/** Of a tile wholly below the diagonal. Eight columns are a line of the cache, which four rows at a time use up before it goes. */
function mirrorBelow(into: Floats, data: Floats, { rows, cols }: Tile, place: MirrorPlace): void {
  const width = lengthOf(cols)
  const { n, top } = place
  for (let j0 = place.start; j0 < place.stop; j0 += 8) {
    const j1 = Math.min(j0 + 8, place.stop)
    let i = rows.start
    for (; i + 4 <= rows.stop; i += 4) {
      for (let j = j0; j < j1; j++) {
        const from = (i - rows.start) * width + j - cols.start
        const to = (j - top) * n + i
        into[to] = data[from] as number
        into[to + 1] = data[from + width] as number
        into[to + 2] = data[from + 2 * width] as number
        into[to + 3] = data[from + 3 * width] as number
      }
    }
    for (; i < rows.stop; i++) {
      const from = (i - rows.start) * width - cols.start
      for (let j = j0; j < j1; j++) into[(j - top) * n + i] = data[from + j] as number
    }
  }
}

/** Of a block of rows with itself: only what is below its diagonal counts. */
function mirrorDiagonal(into: Floats, data: Floats, { rows, cols }: Tile, place: MirrorPlace): void {
  const width = lengthOf(cols)
  for (let j = place.start; j < place.stop; j++) {
    for (let i = j + 1; i < rows.stop; i++) {
      into[(j - place.top) * place.n + i] = data[(i - rows.start) * width + j - cols.start] as number
    }
  }
}

/** A tile's numbers of an array with what is above the diagonal filled in; the same array where there is nothing to fill. */
export function fillDiagonal(plan: TilePlan, array: ResultArray, tile: Tile, data: Floats): Floats {
  if (array.over !== 'pairs' || !isDiagonal(plan, tile)) return data
  const rows = { start: 0, stop: lengthOf(tile.rows) }
  const into = data.slice()
  placeMirror(array, { ...tile, rows, cols: rows }, data, { rows, into, n: rows.stop, diagonal: true })
  return into
}

/** The mirror image of a tile below the diagonal, [cols, rows, ...]. */
export function mirrored(array: ResultArray, tile: Tile, data: Floats): Floats {
  // As if the result were these columns alone, beginning with the tile's first row.
  const rows = { start: 0, stop: lengthOf(tile.rows) }
  const into = data.slice()
  placeMirror(array, { ...tile, rows }, data, { rows: tile.cols, into, n: rows.stop, diagonal: false })
  return into
}

/** Row-major places after axes are exchanged: (h, h', w, w') to (h', h, w', w). */
function exchangedPlaces(trailing: Shape, exchanged: ResultArray['exchanged']): Int32Array {
  const axes = trailing.map((_, axis) => axis)
  for (const [a, b] of exchanged) [axes[a], axes[b]] = [axes[b] as number, axes[a] as number]
  const index = new Array<number>(trailing.length).fill(0)
  return new Int32Array(sizeOf(trailing)).map((_, s) => {
    let rest = s
    for (let axis = trailing.length - 1; axis >= 0; axis--) {
      const d = trailing[axis] as number
      index[axis] = rest % d
      rest = Math.floor(rest / d)
    }
    return axes.reduce((place, axis, to) => place * (trailing[to] as number) + (index[axis] as number), 0)
  })
}
