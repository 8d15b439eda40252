import { NtkError } from '@ntk/tensor'
import {
  boolean,
  either,
  positiveInteger,
  type RulesFor,
  readOptions,
  record,
  requireParts,
} from '@ntk/tensor/options'

/** A range of samples of one side: `start` inclusive, `stop` exclusive. */
export interface Block {
  readonly start: number
  readonly stop: number
}

/** A block of pairs of samples, rows from the first side and columns from the second. */
export interface Tile {
  /** Its number in the plan, from 0. */
  readonly id: number
  readonly rows: Block
  readonly cols: Block
  /** Whether numbers that belong to its rows alone (or to its columns alone) are taken from this tile: one tile a block gives them. */
  readonly givesRows: boolean
  readonly givesCols: boolean
}

/** Samples a side of a tile. */
export interface TileSize {
  readonly rows: number
  readonly cols: number
}

export interface PlanOptions {
  /** Samples of the first side and of the second. */
  readonly n1: number
  readonly n2: number
  /** Whether the second side is the first: what lies on and below the diagonal is planned, and what is above follows from it. */
  readonly symmetric: boolean
  /** Samples a side of a tile; one number for square tiles. */
  readonly tile: number | TileSize
}

/** All tiles of a matrix of pairs, in a fixed order that follows from the options alone: any process makes the same plan. */
export interface TilePlan {
  readonly n1: number
  readonly n2: number
  readonly symmetric: boolean
  readonly size: TileSize
  /** Row by row. In a symmetric plan a tile is either below the diagonal, from there outwards, or a block of rows with itself. */
  readonly tiles: readonly Tile[]
}

const rules = {
  n1: positiveInteger(),
  n2: positiveInteger(),
  symmetric: boolean(),
  tile: either(positiveInteger(), record({ rows: positiveInteger(), cols: positiveInteger() })),
} satisfies RulesFor<PlanOptions>

/** Tiles of the longest plan: more take memory and time before any work is done. */
const mostTiles = 10_000_000

/** Throws NtkError 'option' unless all numbers are positive integers, and symmetric plans have as many columns as rows. */
export function planTiles(options: PlanOptions): TilePlan {
  const { n1, n2, symmetric, tile } = readOptions('planTiles', rules, options)
  const size = typeof tile === 'number' ? { rows: tile, cols: tile } : tile
  if (symmetric && n1 !== n2) {
    throw new NtkError('option', {
      what: 'A symmetric plan of tiles has one set of samples on both sides.',
      got: `${n1} and ${n2} samples`,
    })
  }
  const count = Math.ceil(n1 / size.rows) * Math.ceil(n2 / size.cols)
  if (count > mostTiles) {
    throw new NtkError('option', {
      what: `A plan holds up to ${mostTiles} tiles.`,
      got: `${count}, of ${size.rows} x ${size.cols}`,
      fix: 'Choose larger tiles.',
    })
  }
  const tiles: Tile[] = []
  for (const rows of blocksOf(n1, size.rows)) {
    const across = blocksOf(symmetric ? rows.start : n2, size.cols)
    // From the diagonal outwards: what was worked out for the rows before is still at hand for the first tile.
    for (const cols of symmetric ? across.toReversed() : across) {
      const givesRows = !symmetric && cols.start === 0
      tiles.push({ id: tiles.length, rows, cols, givesRows, givesCols: !symmetric && rows.start === 0 })
    }
    if (symmetric) tiles.push({ id: tiles.length, rows, cols: rows, givesRows: true, givesCols: true })
  }
  return { n1, n2, symmetric, size: { rows: size.rows, cols: size.cols }, tiles }
}

/** [0, n) in blocks of `size`, the last one shorter. */
function blocksOf(n: number, size: number): Block[] {
  return Array.from({ length: Math.ceil(n / size) }, (_, i) => ({
    start: i * size,
    stop: Math.min(n, (i + 1) * size),
  }))
}

/** How many samples a block has. */
export function lengthOf(block: Block): number {
  requireParts(block, 'The block of lengthOf', ['start', 'stop'], 'planTiles')
  return block.stop - block.start
}

/** How many pairs of samples a tile has. */
export function pairsOf(tile: Tile): number {
  requireParts(tile, 'The tile of pairsOf', ['rows', 'cols'], 'planTiles')
  const { rows, cols } = tile
  return lengthOf(rows) * lengthOf(cols)
}

/** Whether a tile of a symmetric plan is a block of rows with itself, so that half of it says all. */
export function isDiagonal(plan: TilePlan, tile: Tile): boolean {
  requireParts(plan, 'The plan of isDiagonal', ['symmetric', 'tiles'], 'planTiles')
  requireParts(tile, 'The tile of isDiagonal', ['rows', 'cols'], 'planTiles')
  const { rows, cols } = tile
  return plan.symmetric && rows.start === cols.start
}
