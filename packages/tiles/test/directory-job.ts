import { type Job, planTiles, type TiledResult, type TilePlan, walkTiles } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'
import { arraysOf, computeOf, job, type Name } from './helpers.js'

/** A small symmetric job of six tiles. */
export const options = { n1: 12, n2: 12, symmetric: true, tile: 4 } as const
export const plan: TilePlan = planTiles(options)

export interface Run {
  readonly path: string
  readonly job?: () => Job
  readonly shard?: string
  readonly resume?: boolean
  readonly signal?: AbortSignal
}

/** Ids of the tiles that the last `run` computed. */
export let computed: readonly number[] = []

/** Runs the job on a directory. */
export function run({ path, resume = true, ...rest }: Run): Promise<TiledResult<Name>> {
  const ids: number[] = []
  computed = ids
  const compute = computeOf(options)
  return walkTiles({
    what: 'The walk',
    plan,
    arrays: arraysOf('float64'),
    job: job(),
    ...rest,
    sink: directory(path, { resume }),
    compute: (tile, context) => {
      ids.push(tile.id)
      return compute(tile, context)
    },
  })
}
