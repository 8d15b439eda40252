import { NtkError, scope, Tensor, throwIfAborted, turnEvery } from '@ntk/tensor'
import { checkOptions, isRecord, show } from '@ntk/tensor/options'
import { checkArrays, checkLength, type Floats, lengthInTile, type ResultArray, toDtype } from './arrays.js'
import { memorySink } from './memory.js'
import { type WalkOptions, walkOptionsRules } from './options.js'
import { lengthOf, pairsOf, type Tile, type TileSize } from './plan.js'
import { parseShard, tilesOfShard, wholePlan } from './shard.js'
import { doesNotFit, isShortOfMemory } from './short-of-memory.js'
import type { TiledResult, WholeResult } from './sink.js'

/**
 * Computes the tiles of a plan one by one and gives them to a sink. Tiles that the sink has already are left alone. Timers,
 * signals and progress get their turn between tiles. A tile that does not fit in the memory of a device is computed in quarters, and these in
 * theirs, and put together here.
 *
 * Errors: 'aborted' at the next tile after `signal` fired, 'option' on a wrong shard or wrong names, 'shape' on tiles of a wrong size,
 * 'memory' where not even one pair of samples fits, and those of the sink.
 */
export async function walkTiles<N extends string>(options: WalkOptions<N>): Promise<TiledResult<N>> {
  checkOptions('walkTiles', walkOptionsRules, options)
  const { plan, arrays, signal, onProgress } = options
  checkArrays(arrays)
  const shard = options.shard === undefined ? wholePlan : parseShard(options.shard)
  const tiles = tilesOfShard(plan, shard)
  const sink = options.sink ?? memorySink
  throwIfAborted(signal, options.what)
  const open = await sink.open({ plan, arrays, shard, job: options.job, signal })
  try {
    const left = tiles.filter((tile) => !open.finished.has(tile.id))
    const total = countPairs(tiles)
    const kept = total - countPairs(left)
    let done = kept
    if (kept > 0) onProgress?.({ done, total, kept })
    const breathe = turnEvery()
    const room: Room = { tooMany: Number.POSITIVE_INFINITY, split: undefined }
    const turn = async (): Promise<void> => {
      await breathe()
      throwIfAborted(signal, options.what, `${done} of ${total} pairs`)
    }
    for (const tile of left) {
      await open.put(tile, await partsThatFit(options, tile, open.whole, { room, turn }))
      done += pairsOf(tile)
      onProgress?.({ done, total, kept, ...(room.split === undefined ? {} : { split: room.split }) })
    }
    return await open.finish()
  } finally {
    await open.close()
  }
}

/** What is known of the memory of the device. */
interface Room {
  /** The fewest pairs that did not fit. */
  tooMany: number
  /** Samples a side of the largest part that fit, of a tile that did not. */
  split: TileSize | undefined
}

/** The numbers of a tile: at once, or put together of quarters where so many pairs do not fit. */
async function partsThatFit<N extends string>(
  options: WalkOptions<N>,
  tile: Tile,
  whole: WholeResult | null,
  during: { readonly room: Room; readonly turn: () => Promise<void> },
): Promise<Map<string, Floats>> {
  const { room, turn } = during
  const { what, plan, arrays, splits = true } = options
  const pairs = pairsOf(tile)
  await turn()
  if (pairs === 1 || pairs < room.tooMany) {
    try {
      const parts = await partsOf(options, tile, whole)
      if (room.tooMany < Number.POSITIVE_INFINITY && pairs > sizeOf(room.split))
        room.split = { rows: lengthOf(tile.rows), cols: lengthOf(tile.cols) }
      return parts
    } catch (error) {
      if (!isShortOfMemory(error)) throw error
      if (pairs === 1 || !splits) throw await doesNotFit(what, tile, error, splits)
      room.tooMany = Math.min(room.tooMany, pairs)
    }
  }
  const { emptyPart, placePart, quartersOf } = await import('./split.js')
  const joined = new Map<string, Floats>()
  for (const part of quartersOf(plan, tile)) {
    const found = await partsThatFit(options, part, whole, during)
    for (const array of arrays) {
      const data = found.get(array.name)
      if (data === undefined) continue
      const into = joined.get(array.name) ?? emptyPart(array, tile)
      joined.set(array.name, into)
      placePart(array, tile, part, data, into)
    }
  }
  return joined
}

const sizeOf = (size: TileSize | undefined): number => (size === undefined ? 0 : size.rows * size.cols)

function partsOf<N extends string>(
  { arrays, compute }: WalkOptions<N>,
  tile: Tile,
  whole: WholeResult | null,
): Promise<Map<string, Floats>> {
  return scope(async ({ wait }) => {
    const numbers = await wait(Promise.resolve(compute(tile, { whole, wait })))
    if (!isRecord(numbers)) throw notNumbers(numbers, tile)
    const parts = new Map<string, Floats>()
    for (const array of arrays) {
      if (lengthInTile(array, tile) === 0) continue
      const part: Tensor | Floats | null | undefined = numbers[array.name]
      if (part === undefined || part === null) {
        if (whole === null) throw missing(array, tile)
        continue
      }
      if (!Tensor.isInstance(part) && !ArrayBuffer.isView(part)) throw notNumbers(part, tile)
      const data = Tensor.isInstance(part) ? await wait(part.data()) : part
      checkLength(array, tile, data)
      parts.set(array.name, toDtype(data, array.dtype))
    }
    return parts
  })
}

function notNumbers(got: unknown, { id }: Tile): NtkError {
  return new NtkError('value', {
    what: 'The function that computes tiles must give a record of tensors or arrays of numbers by name.',
    got: `${show(got)} for tile ${id}`,
  })
}

function missing({ name }: ResultArray, { id }: Tile): NtkError {
  return new NtkError('value', {
    what: `The function that computes tiles must give ${name}.`,
    got: `nothing for tile ${id}`,
  })
}

function countPairs(tiles: readonly Tile[]): number {
  return tiles.reduce((sum, tile) => sum + pairsOf(tile), 0)
}
