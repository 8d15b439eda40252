import type { SpaceParams } from '../../../composites/contracts.js'
import { engine } from '../engine.js'
import { poolFor } from '../threads.js'
import { allPairs } from './all-pairs.js'
import { equalPositions } from './equal-positions.js'
import { instructionsOf, slotsOf } from './instructions.js'
import { product, type Samples, type SpaceResult, type Wanted } from './job.js'
import { newArena } from './memory.js'
import { sizesAfter } from './plan.js'
import { positionSums, type Variances, variancesOf } from './variances.js'

const TASK = 12
/** What a step costs a pair of positions about, in milliseconds. */
const MS_PER_STEP = 5e-6

/**
 * K and Θ of pairs of samples, from the data to the end of the steps; null where a product of two variances leaves the range of
 * float64. The contract is `spaceKernel` of composites/contracts.ts. Tasks are independent, and sums of their results go in one
 * order, so that the numbers are the same on any number of threads.
 */
export function spaceKernel(a: Samples, b: Samples, params: SpaceParams, wanted: Wanted): SpaceResult | null {
  const steps = instructionsOf(params.steps)
  const sums = positionSums(steps, a.space)
  const sizes = sizesAfter(steps, a.space)
  const variances = (samples: Samples): Variances =>
    variancesOf(engine(), steps, sums, sizes, samples.x, samples.n, samples.channels)
  const v1 = variances(a)
  const v2 = a === b ? v1 : variances(b)
  if (!v1.inRange || !v2.inRange) return null
  const equal = params.end === 'meanOfEqual'
  if (equal && wanted === 'own') return { nngp: meansOfLast(v1, a.n), ntk: null }
  const positions = Math.max(...sizes.map(product))
  const pairs = wanted === 'all' ? a.n * b.n : wanted === 'own' ? a.n : (a.n * (a.n + 1)) / 2
  const pool = poolFor(pairs * positions ** (equal ? 1 : 2) * steps.length * MS_PER_STEP)
  const e = pool?.engine ?? engine()
  const arena = newArena(e)
  const job = (equal ? equalPositions : allPairs)(arena, {
    a,
    b,
    params,
    steps,
    wanted,
    v1,
    v2,
    sizes,
    sums,
  })
  const count = job.tasks.length / TASK
  const tasks = arena.floats(job.tasks)
  const counter = arena.room(1)
  const workers = Math.min(count, (pool?.workers ?? 0) + 1)
  // K and Θ, each twice, and in every place beside.
  const areas = 4 + 2 * slotsOf(steps)
  const scratch = Array.from({ length: workers }, () => arena.room((job.area / 8) * areas))
  arena.settle()
  e.i32()[counter / 4] = 0
  const calls = scratch.map(
    (at) =>
      ['spaceTasks', tasks, count, counter, at, areas, job.area, job.guard, params.ntk ? 1 : 0] as const,
  )
  if (pool === null) for (const [name, ...args] of calls) e.call[name](...args)
  else pool.run(1, calls)
  return job.collect(e.f64())
}

/** The mean over positions of the variances at the end, added up as those of pairs are. */
function meansOfLast({ last, capacity }: Variances, n: number): Float64Array {
  const positions = last.length / capacity
  return Float64Array.from({ length: n }, (_, i) => {
    let total = 0
    for (let p = 0; p < positions; p++) total += last[p * capacity + i] as number
    return total * (1 / positions)
  })
}
