/** A range of rows of one set: `start` inclusive, `stop` exclusive. */
export interface Block {
  readonly start: number
  readonly stop: number
}

/** A block of pairs. */
export interface Tile {
  readonly rows: Block
  readonly cols: Block
}

/** Samples a side of a tile. */
export interface TileSize {
  readonly rows: number
  /** A multiple of `rows`. */
  readonly cols: number
}

/** [0, n) in blocks of `size`, the last one shorter. */
function blocksOf(n: number, size: number): Block[] {
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => ({
    start: i * size,
    stop: Math.min(n, (i + 1) * size),
  }))
}

/**
 * All tiles in row-major order; with `symmetric`, what lies below the diagonal, and each block of rows with itself as a tile
 * of its own, of which half is product enough.
 */
export function tilesOf(n1: number, n2: number, size: TileSize, symmetric: boolean): Tile[] {
  return blocksOf(n1, size.rows).flatMap((rows) => {
    const below = blocksOf(symmetric ? rows.start : n2, size.cols).map((cols) => ({ rows, cols }))
    return symmetric ? [...below, { rows, cols: rows }] : below
  })
}

export function tileArea({ rows, cols }: Tile): number {
  return (rows.stop - rows.start) * (cols.stop - cols.start)
}
