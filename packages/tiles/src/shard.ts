import { NtkError } from '@ntk/tensor'
import { requireParts, show } from '@ntk/tensor/options'
import { pairsOf, type Tile, type TilePlan } from './plan.js'

/** One of `count` parts of a plan; `index` counts from 1, as in 'i/n'. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** The one part that is everything. */
export const wholePlan: Shard = { index: 1, count: 1 }

/** Reads 'i/n', the i-th of n parts, i from 1 to n. Throws NtkError 'option'. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(typeof text === 'string' ? text : '') ?? []
  const shard = { index: Number(index), count: Number(count) }
  if (!(shard.index >= 1 && shard.index <= shard.count)) {
    throw new NtkError('option', {
      what: "A shard is written 'i/n': part i of n, i from 1 to n.",
      got: typeof text === 'string' ? `'${text}'` : show(text),
      fix: "Of two processes give one '1/2' and the other '2/2'.",
    })
  }
  return shard
}

/**
 * The tiles of one shard: a run of neighbours, so that few samples are prepared twice, with as many pairs as other shards
 * have, to within a tile. Where there are more shards than tiles some have none.
 */
export function tilesOfShard(plan: TilePlan, shard: Shard): readonly Tile[] {
  requireParts(plan, 'The plan of tilesOfShard', ['tiles'], 'planTiles')
  requireParts(shard, 'The shard of tilesOfShard', ['index', 'count'], 'parseShard')
  const { index, count } = shard
  if (count === 1) return plan.tiles
  const total = plan.tiles.reduce((sum, tile) => sum + pairsOf(tile), 0)
  let before = 0
  return plan.tiles.filter((tile) => {
    const pairs = pairsOf(tile)
    const middle = (before + pairs / 2) / total
    before += pairs
    return Math.floor(middle * count) === index - 1
  })
}
