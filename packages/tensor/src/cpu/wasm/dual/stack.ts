import type { DualStep, StackStep } from '../../../composites/contracts.js'
import { type Engine, engine } from '../engine.js'
import type { PoolRecord } from '../pool.js'
import { poolFor } from '../threads.js'
import type { FloatArray } from '../types.js'
import { rangesOf } from './range.js'
import {
  allotSteps,
  even,
  fours,
  layout,
  MS_PER_STEP,
  tableSize,
  WORK,
  writeSteps,
  writeVariances,
} from './steps.js'

/** Elements of a tile brought over at a time: nngp and ntk fit the second-level cache. */
const BLOCK = 1 << 15
/** The same when threads share the block. */
const POOL_BLOCK = 1 << 18

/** With more arrays than this, for stops, blocks are smaller: memory does not grow with the number of stops. */
const MOST_ARRAYS = 32

/** Writes [rows, cols] elements as float64 rows of `ld` elements at `at`. */
function bring(
  e: Engine,
  src: FloatArray,
  from: number,
  rows: number,
  cols: number,
  at: number,
  ld: number,
): void {
  const memory = e.f64()
  if (ld === cols) memory.set(src.subarray(from, from + rows * cols), at / 8)
  else {
    for (let r = 0; r < rows; r++) {
      memory.set(src.subarray(from + r * cols, from + (r + 1) * cols), at / 8 + r * ld)
      memory.fill(0, at / 8 + r * ld + cols, at / 8 + (r + 1) * ld)
    }
  }
}

function take(
  e: Engine,
  at: number,
  ld: number,
  rows: number,
  cols: number,
  dst: FloatArray,
  to: number,
): void {
  const memory = e.f64()
  if (ld === cols) dst.set(memory.subarray(at / 8, at / 8 + rows * cols), to)
  else {
    for (let r = 0; r < rows; r++) {
      dst.set(memory.subarray(at / 8 + r * ld, at / 8 + r * ld + cols), to + r * cols)
    }
  }
}

/**
 * Runs the steps over one tile of pairs, in place. `nngp` and `ntk` (or null) hold [rows, cols] contiguous;
 * `q11` [rows] and `q22` [cols] are the variances before the first step and are not changed.
 * Start with ntk all zeros at the input. T and Ṫ follow Cho & Saul 2009 and Williams 1997. A pair of equal inputs
 * (q = q11 = q22) stays exactly equal to its variance; a pair with a zero input counts as uncorrelated (θ = π/2).
 * float32 arrays are computed in float64 and rounded at the end. `stops` get K, and Θ where that is wanted, of every stop among the steps.
 */
export function dualStack(
  steps: readonly StackStep[],
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
  stops: readonly FloatArray[] = [],
): void {
  if (rows === 0 || cols === 0 || steps.length === 0) return
  const pool = poolFor(rows * cols * steps.length * MS_PER_STEP)
  const e = pool?.engine ?? engine()
  const ld = fours(cols)
  const stride1 = even(rows)
  const share = Math.ceil((2 + stops.length) / MOST_ARRAYS)
  const block = Math.max(1, Math.min(rows, Math.floor((pool ? POOL_BLOCK : BLOCK) / ld / share)))
  const allot = layout(e.base)
  const v1 = allot(tableSize(steps.length, stride1))
  const v2 = allot(tableSize(steps.length, ld))
  const ranges = rangesOf(steps, q11, q22)
  const places = allotSteps(allot, steps, ranges, { at: v1, stride: stride1 }, { at: v2, stride: ld })
  const table = places.at
  const tile = allot(block * ld)
  const tile2 = allot(block * ld)
  const kept = stops.map(() => allot(block * ld))
  const [out = 0, next = out] = kept
  const parts = pool ? 8 * (pool.workers + 1) : 1
  const work = allot(parts * WORK)
  e.reserve(allot(0) - e.base)
  writeSteps(e, steps, places)
  writeVariances(e, table, steps, q11, v1, stride1)
  writeVariances(e, table, steps, q22, v2, ld)
  for (let r = 0; r < rows; r += block) {
    const count = Math.min(block, rows - r)
    bring(e, nngp, r * cols, count, cols, tile, ld)
    if (ntk) bring(e, ntk, r * cols, count, cols, tile2, ld)
    const part = pool ? Math.max(1, Math.ceil(count / parts)) : count
    const calls: PoolRecord[] = []
    for (let from = 0; from < count; from += part) {
      const down = from * ld * 8
      const theta = ntk ? tile2 + down : 0
      const size = Math.min(part, count - from)
      const variances = v1 + (r + from) * 8
      const at = [tile + down, theta, size, ld, ld * 8, variances, stride1 * 8, v2, ld * 8] as const
      const own = [work + calls.length * WORK * 8, out + down, next - out] as const
      if (pool) calls.push(['dualTile', table, steps.length, ...at, 0, ...own])
      else e.call.dualTile(table, steps.length, ...at, 0, ...own)
    }
    pool?.run(1, calls)
    take(e, tile, ld, count, cols, nngp, r * cols)
    if (ntk) take(e, tile2, ld, count, cols, ntk, r * cols)
    stops.forEach((into, k) => take(e, kept[k] as number, ld, count, cols, into, r * cols))
  }
}

/** The variances [n] after the steps, in place, by the one-variable formulas: the bits that dualStack gives a pair of equal inputs. */
export function dualStackVariance(steps: readonly DualStep[], q: FloatArray, n: number): void {
  if (n === 0 || steps.length === 0) return
  const e = engine()
  const stride = even(n)
  const allot = layout(e.base)
  const v = allot(tableSize(steps.length, stride))
  const places = allotSteps(allot, steps, rangesOf(steps, q.subarray(0, n)), { at: v, stride })
  e.reserve(allot(0) - e.base)
  writeSteps(e, steps, places)
  writeVariances(e, places.at, steps, q.subarray(0, n), v, stride)
  take(e, v + 2 * stride * 8 * steps.length, stride, 1, n, q, 0)
}

/** One ABRelu step of `dualStack`: φ(x) = a min(x, 0) + b max(x, 0). */
export function dualAbRelu(
  a: number,
  b: number,
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
): void {
  dualStack([{ kind: 'abRelu', a, b }], nngp, q11, q22, ntk, rows, cols)
}

/** One erf step of `dualStack`: φ(x) = a erf(b x) + c. */
export function dualErf(
  params: { readonly a: number; readonly b: number; readonly c: number },
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
): void {
  dualStack([{ kind: 'erf', ...params }], nngp, q11, q22, ntk, rows, cols)
}
