/** A range of rows of one set: `start` inclusive, `stop` exclusive. */
export interface Block {
  readonly index: number
  readonly start: number
  readonly stop: number
}

/** [0, n) in blocks of `size`, the last one shorter. */
export function blocksOf(n: number, size: number): Block[] {
  return Array.from({ length: Math.ceil(n / size) }, (_, index) => ({
    index,
    start: index * size,
    stop: Math.min(n, (index + 1) * size),
  }))
}

/** A block of pairs. */
export interface Tile {
  readonly rows: Block
  readonly cols: Block
}

/** All tiles in row-major order; with `symmetric`, those of the lower triangle (rows and columns share their blocks). */
export function tilesOf(rows: readonly Block[], cols: readonly Block[], symmetric: boolean): Tile[] {
  return rows.flatMap((r) =>
    cols.filter((c) => !symmetric || c.index <= r.index).map((c) => ({ rows: r, cols: c })),
  )
}

export function tileArea({ rows, cols }: Tile): number {
  return (rows.stop - rows.start) * (cols.stop - cols.start)
}
