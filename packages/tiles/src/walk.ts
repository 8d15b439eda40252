import { NtkError, type Scope, scope, Tensor, throwIfAborted, turnEvery } from '@ntk/tensor'
import { checkOptions, isRecord, show } from '@ntk/tensor/options'
import { checkArrays, checkLength, type Floats, lengthInTile, type ResultArray, toDtype } from './arrays.js'
import type { Job } from './job.js'
import { memorySink } from './memory.js'
import { walkOptionsRules } from './options.js'
import { pairsOf, type Tile, type TilePlan } from './plan.js'
import { parseShard, tilesOfShard, wholePlan } from './shard.js'
import type { TiledResult, TileSink, WholeResult } from './sink.js'

export interface WalkProgress {
  /** Pairs of samples finished, those found finished among them, and in all (of the shard; of one triangle where the plan is symmetric). */
  readonly done: number
  readonly total: number
  /** Pairs that were there before. */
  readonly kept: number
}

/** How a walk runs: options that every function that walks over pairs takes from its caller. */
export interface WalkCallOptions {
  /** Where results go; into memory unless given. Sinks on disk stand in @ntk/tiles/node. */
  readonly sink?: TileSink | undefined
  /** 'i/n': compute only the i-th of n parts, for processes that share a directory. */
  readonly shard?: string | undefined
  readonly onProgress?: ((progress: WalkProgress) => void) | undefined
  /** Ends the walk with NtkError 'aborted' at the next tile. */
  readonly signal?: AbortSignal | undefined
}

/** What a function that computes a tile gets beside the tile. */
export interface TileContext {
  /** The arrays of the result where it lies in memory: a tile may be written there by itself. Else null. */
  readonly whole: WholeResult | null
  /** Each tile is computed in a `scope` of @ntk/tensor: `await wait(promise)` goes on within it, a plain `await` does not. */
  readonly wait: Wait
}

export type Wait = Scope['wait']

/** Computes a tile. */
export type ComputeTile<N extends string = string> = (
  tile: Tile,
  context: TileContext,
) => Promise<TileNumbers<N>> | TileNumbers<N>

/**
 * A tile's numbers by name, as tensors or as arrays: [rows, cols, ...] over pairs, [samples, ...] over rows or columns (which may be
 * left out where `tile.givesRows`, `tile.givesCols` are false). Null or left out: already written where it belongs in `whole`.
 */
export type TileNumbers<N extends string = string> = {
  readonly [K in N]?: Tensor | Floats | null | undefined
}

export interface WalkOptions<N extends string = string> extends WalkCallOptions {
  /** What is computed, for messages: 'The kernel'. */
  readonly what: string
  readonly plan: TilePlan
  readonly arrays: readonly ResultArray<N>[]
  /**
   * A function of the tile alone: it is called once a tile, in the order of the plan, and its tensors need to last only until
   * the next call. Above the diagonal of a block of rows with itself anything may stand.
   */
  readonly compute: ComputeTile<N>
  /** What the numbers depend on; asked for by sinks on disk. */
  readonly job: () => Promise<Job> | Job
}

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
