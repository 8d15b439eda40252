import { NtkError, scope, Tensor, throwIfAborted, turnEvery } from '@ntk/tensor'
import { checkOptions, isRecord, show } from '@ntk/tensor/options'
import { checkArrays, checkLength, type Floats, lengthInTile, type ResultArray, toDtype } from './arrays.js'
import { memorySink } from './memory.js'
import { type WalkOptions, walkOptionsRules } from './options.js'
import { pairsOf, type Tile } from './plan.js'
import { parseShard, tilesOfShard, wholePlan } from './shard.js'
import type { TiledResult, WholeResult } from './sink.js'

/**
 * Computes the tiles of a plan one by one and gives them to a sink. Tiles that the sink has already are left alone. Timers,
 * signals and progress get their turn between tiles.
 *
 * Errors: 'aborted' at the next tile after `signal` fired, 'option' on a wrong shard or wrong names, 'shape' on tiles of a wrong size, and
 * those of the sink.
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
    for (const tile of left) {
      await breathe()
      throwIfAborted(signal, options.what, `${done} of ${total} pairs`)
      await open.put(tile, await partsOf(options, tile, open.whole))
      done += pairsOf(tile)
      onProgress?.({ done, total, kept })
    }
    return await open.finish()
  } finally {
    await open.close()
  }
}

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
