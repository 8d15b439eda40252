/** Tiles that do not fit in the memory of a device, computed in parts that do. */
import { NtkError, sizeOf } from '@ntk/tensor'
import { isRecord, show } from '@ntk/tensor/options'
import { type Floats, lengthInTile, type ResultArray } from './arrays.js'
import { type Block, isDiagonal, lengthOf, type Tile, type TilePlan } from './plan.js'

/** The halves of a block, or the block itself where it is one sample. */
function halves({ start, stop }: Block): readonly Block[] {
  if (stop - start < 2) return [{ start, stop }]
  const middle = start + Math.ceil((stop - start) / 2)
  return [
    { start, stop: middle },
    { start: middle, stop },
  ]
}

/** The quarters of a tile that are needed: of a block of rows with itself not the one above the diagonal. */
export function quartersOf(plan: TilePlan, tile: Tile): readonly Tile[] {
  const diagonal = isDiagonal(plan, tile)
  return halves(tile.rows).flatMap((rows) =>
    halves(tile.cols).flatMap((cols) => {
      const inner = rows.start === cols.start
      if (diagonal && cols.start > rows.start) return []
      // Numbers of samples alone come from the first column and row of quarters, or from the diagonal where there is one.
      const givesRows = tile.givesRows && (diagonal ? inner : cols.start === tile.cols.start)
      const givesCols = tile.givesCols && (diagonal ? inner : rows.start === tile.rows.start)
      return [{ id: tile.id, rows, cols, givesRows, givesCols }]
    }),
  )
}

/** An array of a whole tile, to be filled by its parts. */
export function emptyPart(array: ResultArray, tile: Tile): Floats {
  const length = lengthInTile(array, tile)
  return array.dtype === 'float64' ? new Float64Array(length) : new Float32Array(length)
}

/** Copies the numbers that a part of a tile has of an array to where they stand in the tile's own. */
export function placePart(array: ResultArray, tile: Tile, part: Tile, data: Floats, into: Floats): void {
  const width = sizeOf(array.trailing)
  if (array.over !== 'pairs') {
    const side = array.over
    into.set(data, (part[side].start - tile[side].start) * width)
    return
  }
  const [run, stride] = [lengthOf(part.cols) * width, lengthOf(tile.cols) * width]
  const at = (part.rows.start - tile.rows.start) * stride + (part.cols.start - tile.cols.start) * width
  for (let i = 0; i < lengthOf(part.rows); i++)
    into.set(data.subarray(i * run, (i + 1) * run), at + i * stride)
}

/**
 * The NtkError 'memory' of a tile no part of which fits, or, where it does not split into parts, which does not fit itself. `what` is computed.
 * Throws 'value' of what is no tile or no such error.
 */
export function notFitting(what: string, tile: Tile, error: NtkError, splits: boolean): NtkError {
  if (!isRecord(tile) || !isRecord(tile.rows) || !isRecord(tile.cols) || !NtkError.isInstance(error)) {
    throw new NtkError('value', {
      what: 'doesNotFit needs a tile of a plan and the NtkError of its computation.',
      got: `${show(tile)} and ${show(error)}`,
    })
  }
  const { rows, cols } = tile
  const fix = splits
    ? 'Take samples of fewer positions, a network that ends in Flatten or pooling, or the CPU, whose memory is that of the machine.'
    : 'Its samples depend on each other, so that they are one tile: take fewer, or the CPU, whose memory is that of the machine.'
  const pairs = splits ? 'One pair of samples' : `A tile of ${lengthOf(rows)} x ${lengthOf(cols)} samples`
  return new NtkError('memory', {
    what: `${what}: ${pairs} does not fit in the memory of the device. ${error.what}`,
    got: error.got,
    fix,
    cause: error,
  })
}
