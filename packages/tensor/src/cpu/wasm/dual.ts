import { type Engine, engine } from './engine.js'
import type { Exports } from './exports.js'
import type { PoolRecord } from './pool.js'
import { poolFor } from './threads.js'
import type { DualStep, FloatArray } from './types.js'

/** Elements of a tile brought over at a time: nngp and ntk fit the second-level cache. */
const BLOCK = 1 << 15
/** The same when threads share the block, and what a step costs a pair about. */
const POOL_BLOCK = 1 << 18
const MS_PER_STEP = 4e-6

type TileCall = Parameters<Exports['dualTile']>

const even = (n: number): number => n + (n & 1)
const fours = (n: number): number => Math.ceil(n / 4) * 4

/** kind and parameters, as assembly/dual/stack.ts reads them. */
function encode(step: DualStep): [number, number, number, number] {
  switch (step.kind) {
    case 'affine':
      return [0, step.wVar, step.bVar, 0]
    case 'abRelu': {
      const { a, b } = step
      return [1, (a * a + b * b) / 2, (a - b) ** 2 / (2 * Math.PI), 0]
    }
    case 'erf':
      return [2, step.a, step.b, step.c]
  }
}

/** Byte addresses after `base`, handed out in order. */
function layout(base: number): (elements: number) => number {
  let next = base
  return (elements) => {
    const at = next
    next += Math.ceil((elements * 8) / 64) * 64
    return at
  }
}

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
 * float32 arrays are computed in float64 and rounded at the end.
 */
export function dualStack(
  steps: readonly DualStep[],
  nngp: FloatArray,
  q11: FloatArray,
  q22: FloatArray,
  ntk: FloatArray | null,
  rows: number,
  cols: number,
): void {
  if (rows === 0 || cols === 0 || steps.length === 0) return
  const pool = poolFor(rows * cols * steps.length * MS_PER_STEP)
  const e = pool?.engine ?? engine()
  const ld = fours(cols)
  const stride1 = even(rows)
  const block = Math.max(1, Math.min(rows, Math.floor((pool ? POOL_BLOCK : BLOCK) / ld)))
  const allot = layout(e.base)
  const table = allot(4 * (steps.length + 1))
  const v1 = allot(stride1 * (2 * steps.length + 1))
  const v2 = allot(ld * (2 * steps.length + 1))
  const tile = allot(block * ld)
  const tile2 = allot(block * ld)
  e.reserve(allot(0) - e.base)
  e.f64().set(steps.flatMap(encode), table / 8)
  bring(e, q11, 0, 1, rows, v1, stride1)
  bring(e, q22, 0, 1, cols, v2, ld)
  e.call.dualVariances(table, steps.length, v1, stride1, stride1 * 8)
  e.call.dualVariances(table, steps.length, v2, ld, ld * 8)
  for (let r = 0; r < rows; r += block) {
    const count = Math.min(block, rows - r)
    bring(e, nngp, r * cols, count, cols, tile, ld)
    if (ntk) bring(e, ntk, r * cols, count, cols, tile2, ld)
    // rows [from, from + size) of the block; the addresses as dualTile takes them
    const tileCall = (from: number, size: number): TileCall => {
      const down = from * ld * 8
      const theta = ntk ? tile2 + down : 0
      const variances = v1 + (r + from) * 8
      return [table, steps.length, tile + down, theta, size, ld, ld * 8, variances, stride1 * 8, v2, ld * 8]
    }
    if (pool) {
      const part = Math.max(1, Math.ceil(count / (8 * (pool.workers + 1))))
      const calls: PoolRecord[] = []
      for (let from = 0; from < count; from += part) {
        calls.push(['dualTile', ...tileCall(from, Math.min(part, count - from))])
      }
      pool.run(1, calls)
    } else {
      e.call.dualTile(...tileCall(0, count))
    }
    take(e, tile, ld, count, cols, nngp, r * cols)
    if (ntk) take(e, tile2, ld, count, cols, ntk, r * cols)
  }
}

/** The variances [n] after the steps, in place, by the one-variable formulas: the bits that dualStack gives a pair of equal inputs. */
export function dualStackVariance(steps: readonly DualStep[], q: FloatArray, n: number): void {
  if (n === 0 || steps.length === 0) return
  const e = engine()
  const stride = even(n)
  const allot = layout(e.base)
  const table = allot(4 * (steps.length + 1))
  const v = allot(stride * (2 * steps.length + 1))
  e.reserve(allot(0) - e.base)
  e.f64().set(steps.flatMap(encode), table / 8)
  bring(e, q, 0, 1, n, v, stride)
  e.call.dualVariances(table, steps.length, v, stride, stride * 8)
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

/** nngp ← wVar nngp + bVar, then ntk ← nngp + wVar ntk (ntk may be null), over n elements in place. */
export function affineNtk(
  nngp: FloatArray,
  ntk: FloatArray | null,
  wVar: number,
  bVar: number,
  n: number,
): void {
  for (let i = 0; i < n; i++) {
    const x = wVar * (nngp[i] as number) + bVar
    nngp[i] = x
    if (ntk) ntk[i] = x + wVar * (ntk[i] as number)
  }
}
