import { engine } from '../engine.js'
import { poolFor } from '../threads.js'
import { allPairs } from './all-pairs.js'
import { deficitPlan } from './deficits.js'
import { equalPositions } from './equal-positions.js'
import { instructionsOf, type PlainStep, slotsOf } from './instructions.js'
import { type Request } from './job.js'
import { newArena } from './memory.js'
import { sizesAfter } from './plan.js'
import { pairsOf, product, type SpaceResult } from './samples.js'
import { capacityFor, ownProducts, positionSums, type Variances, variancesOf } from './variances.js'

const TASK = 13
/** Room for the lists of assembly/dual/space-abrelu.ts. */
const LISTS = 200
/** What a step costs a pair of positions about, in milliseconds. */
const MS_PER_STEP = 5e-6

/** Variances [positions, capacity] that a segment starts from; null where they are those of the data. */
export interface StartVariances {
  readonly of1: Float64Array
  /** The same object where the sets are one. */
  readonly of2: Float64Array
}

export type Segment = Pick<Request, 'a' | 'b' | 'from' | 'space' | 'end' | 'ntk' | 'wanted' | 'part'> & {
  readonly steps: readonly PlainStep[]
  readonly variances: StartVariances | null
}

/**
 * K and Θ of pairs behind steps that a chunk goes through by itself; null where a product of two variances leaves the range of
 * float64. Tasks are independent, and sums of their results go in one order, so that the numbers are the same on any number of threads.
 */
export function runSegment(segment: Segment): SpaceResult | null {
  const { a, b, space, end, ntk, wanted } = segment
  const steps = instructionsOf(segment.steps)
  const sums = positionSums(steps, space)
  const sizes = sizesAfter(steps, space)
  const through = (start: Float64Array, n: number): Variances =>
    variancesOf(engine(), steps, sums, sizes, start, n)
  const of1 = segment.variances?.of1 ?? ownProducts(a, capacityFor(a.n))
  const v1 = through(of1, a.n)
  const one = a === b
  const v2 = one ? v1 : through(segment.variances?.of2 ?? ownProducts(b, capacityFor(b.n)), b.n)
  if (!v1.inRange || !v2.inRange) return null
  const equal = end === 'meanOfEqual'
  if (equal && wanted === 'own') return { nngp: meansOfLast(v1, a.n), ntk: null }
  const positions = Math.max(...sizes.map(product))
  const pairs = pairsOf(wanted, a.n, b.n).length
  const work = pairs * positions ** (equal ? 1 : 2) * steps.length * MS_PER_STEP
  const pool = poolFor(work / (segment.part?.of ?? 1))
  const e = pool?.engine ?? engine()
  const arena = newArena(e)
  const request: Request = { ...segment, steps, v1, v2, sizes, sums }
  const job = (equal ? equalPositions : allPairs)(arena, request)
  const count = job.tasks.length / TASK
  const tasks = arena.floats(job.tasks)
  const counter = arena.room(1)
  const workers = Math.min(Math.max(count, 1), (pool?.workers ?? 0) + 1)
  // K, Θ and deficits, each twice, and in every place beside.
  const arrays = deficitPlan(steps, false).any ? 3 : 2
  const areas = arrays * (2 + slotsOf(steps))
  const scratch = Array.from({ length: workers }, () => arena.room((job.area / 8) * areas + LISTS))
  arena.settle()
  e.i32()[counter / 4] = 0
  const calls = scratch.map(
    (at) =>
      ['spaceTasks', tasks, count, counter, at, areas, arrays, job.area, job.guard, ntk ? 1 : 0] as const,
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
