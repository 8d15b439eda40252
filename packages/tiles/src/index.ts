export type { Floats, ResultArray, TileParts } from './arrays.js'
export { type Job, type JobArray, type JobValue, jobArray, jobValue } from './job.js'
export { memorySink } from './memory.js'
export {
  type ComputeTile,
  type TileContext,
  type TileNumbers,
  type Wait,
  type WalkCallOptions,
  type WalkOptions,
  type WalkProgress,
  walkRules,
} from './options.js'
export {
  type Block,
  isDiagonal,
  lengthOf,
  type PlanOptions,
  pairsOf,
  planTiles,
  type Tile,
  type TilePlan,
  type TileSize,
} from './plan.js'
export { parseShard, type Shard, tilesOfShard } from './shard.js'
export { doesNotFit, isShortOfMemory } from './short-of-memory.js'
export type { OpenSink, ResultBlock, TiledResult, TileSink, TileWork, WholeResult } from './sink.js'
export { walkTiles } from './walk.js'
