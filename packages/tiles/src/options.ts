import type { Scope, Tensor } from '@ntk/tensor'
import {
  aFunction,
  aSignal,
  boolean,
  isRecord,
  listOf,
  optional,
  type Rule,
  type RulesFor,
  rule,
  text,
} from '@ntk/tensor/options'
import type { Floats, ResultArray } from './arrays.js'
import type { Job } from './job.js'
import type { Tile, TilePlan, TileSize } from './plan.js'
import type { TileSink, WholeResult } from './sink.js'

export interface WalkProgress {
  /** Pairs of samples finished, those found finished among them, and in all (of the shard; of one triangle where the plan is symmetric). */
  readonly done: number
  readonly total: number
  /** Pairs that were there before. */
  readonly kept: number
  /** Samples a side of the largest part that fit, once a tile did not fit in the memory of a device and was split: as a tile it spares the attempts. */
  readonly split?: TileSize | undefined
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
   * the next call. Where it throws NtkError 'memory' it is called for parts of the tile, whose number is the tile's. Above the diagonal of a block of rows with itself anything may stand.
   */
  readonly compute: ComputeTile<N>
  /** Whether a tile may be computed in parts, true unless given: not where its samples depend on each other. */
  readonly splits?: boolean | undefined
  /** What the numbers depend on; asked for by sinks on disk. */
  readonly job: () => Promise<Job> | Job
}

function aSink(): Rule<TileSink> {
  return {
    ...rule<TileSink>(
      'a sink',
      (v) => typeof v === 'object' && v !== null && 'open' in v && typeof v.open === 'function',
    ),
    hint: (v) =>
      typeof v === 'string' ? `Write directory('${v}') or npyFiles('${v}'), of @ntk/tiles/node.` : undefined,
  }
}

function aShard(): Rule<string> {
  return rule("a shard 'i/n', part i of n", (v) => typeof v === 'string')
}

/** Rules for the options of every function that walks over pairs, for its own reading of options. */
export const walkRules: RulesFor<WalkCallOptions> = {
  sink: optional(aSink()),
  shard: optional(aShard()),
  onProgress: optional(aFunction<NonNullable<WalkCallOptions['onProgress']>>()),
  signal: optional(aSignal()),
}

/** Rules for the options of `walkTiles` itself. */
export const walkOptionsRules: RulesFor<WalkOptions> = {
  ...walkRules,
  what: text(),
  plan: rule<TilePlan>('a plan of planTiles', (v) => isRecord(v) && Array.isArray(v.tiles)),
  arrays: listOf(
    rule<ResultArray>(
      'an array of the result',
      (v) =>
        isRecord(v) && typeof v.name === 'string' && Array.isArray(v.trailing) && Array.isArray(v.exchanged),
    ),
    'a list of arrays, { name, over, trailing, exchanged, dtype }',
  ),
  compute: aFunction<WalkOptions['compute']>(),
  splits: boolean(true),
  job: aFunction<WalkOptions['job']>(),
}
