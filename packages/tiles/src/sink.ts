import type { Backend, FloatDType, Shape, Tensor } from '@ntk/tensor'
import type { ResultArray, TileParts } from './arrays.js'
import type { Job } from './job.js'
import type { Block, Tile, TilePlan } from './plan.js'
import type { Shard } from './shard.js'

/** A part of an array over pairs, as it is stored. */
export interface ResultBlock {
  readonly rows: Block
  readonly cols: Block
  /** [rows, cols, ...]. */
  readonly values: Tensor
  /**
   * Whether its mirror image, with the axes that are exchanged, belongs to the array as well and comes in no other block: what is stored of
   * a symmetric result is what lies on and below the diagonal.
   */
  readonly mirrored: boolean
}

/** A finished result, wherever it lies. */
export interface TiledResult<N extends string = string> {
  readonly names: readonly N[]
  /** Whether all tiles are there; false while other shards are still at work. */
  readonly complete: boolean
  shape(name: N): Shape
  dtype(name: N): FloatDType
  /** Rows [start, stop) along the first axis, as a tensor; nothing else is held. Throws NtkError 'index', and 'data' on what is missing or damaged. */
  readRows(name: N, start: number, stop: number): Promise<Tensor>
  /**
   * An array over pairs block by block, each number once, in the order in which it is stored; one block is held at a time. It is
   * half the reading of rows where one triangle is stored. Throws as `readRows`, and NtkError 'option' on an array that is not over pairs.
   */
  blocks(name: N): AsyncIterable<ResultBlock>
  /** The whole array. Throws NtkError 'value' where it does not fit in memory. */
  toTensor(name: N, backend?: Backend): Promise<Tensor>
}

/** What a walk is about to fill. */
export interface TileWork<N extends string = string> {
  readonly plan: TilePlan
  readonly arrays: readonly ResultArray<N>[]
  readonly shard: Shard
  /** What the numbers depend on; called by sinks that outlive the process. */
  readonly job: () => Promise<Job> | Job
  readonly signal: AbortSignal | undefined
}

/** The arrays of a result in memory, of which a tile may write its part by itself. */
export interface WholeResult {
  tensor(name: string, backend?: Backend): Tensor
}

/** A sink at work. */
export interface OpenSink<N extends string = string> {
  /** Tiles, by id, that are there already and sound. */
  readonly finished: ReadonlySet<number>
  /** Where the result lies in memory: its arrays. Else null. */
  readonly whole: WholeResult | null
  put(tile: Tile, parts: TileParts): Promise<void>
  /** Called when all tiles of the shard were put. */
  finish(): Promise<TiledResult<N>>
  /** Called once at the end, also after errors: gives back locks and open files. */
  close(): Promise<void>
}

/** Where the tiles of a result go. */
export interface TileSink {
  open<N extends string>(work: TileWork<N>): Promise<OpenSink<N>>
}
