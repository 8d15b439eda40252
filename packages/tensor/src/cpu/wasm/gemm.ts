import { copyIn, copyOut, type Engine, engine } from './engine.js'
import type { Pool, PoolRecord } from './pool.js'
import { poolFor } from './threads.js'
import type { FloatArray, MatrixView } from './types.js'

/** Rows of a C block; depth of a packed block (a sum over k is cut here, whatever the partition); the staging tile's lanes. */
const MC = 128
const KC = 256
const STAGE = 256

/** Most elements of B packed at a time, and most of the depth: they bound the scratch memory to about 40 MB. */
const MAX_PACKED = 1 << 21
const MAX_DEPTH = 4096

/** Columns of C that a thread takes at a time, and what a product of two numbers costs about. */
const TASK_COLUMNS = 256
const MS_PER_PRODUCT = { 8: 1.6e-7, 4: 8e-8 } as const

const roundUp = (x: number, to: number): number => Math.ceil(x / to) * to

/** The scratch of one product, as byte addresses, and how the element type is handled. */
interface Plan {
  readonly engine: Engine
  readonly pool: Pool | null
  readonly bytes: 8 | 4
  readonly widthB: 4 | 8
  readonly memory: FloatArray
  readonly staging: number
  readonly packedA: number
  readonly packedB: number
  readonly block: number
  readonly old: number
  /** Rows and columns of a C block, and depth packed at a time. */
  readonly mc: number
  readonly nc: number
  readonly depth: number
}

function plan(m: number, n: number, k: number, data: FloatArray): Plan {
  const double = data instanceof Float64Array
  const bytes = double ? 8 : 4
  const widthB = double ? 4 : 8
  const depth = Math.min(k, MAX_DEPTH)
  const nc = Math.min(roundUp(n, widthB), Math.max(widthB, Math.floor(MAX_PACKED / depth / widthB) * widthB))
  const pool = poolFor(m * n * k * MS_PER_PRODUCT[bytes])
  // threads share a block of more rows
  const most = pool ? Math.max(1, Math.min(4 * (pool.workers + 1), Math.floor(MAX_PACKED / depth / MC))) : 1
  const mc = Math.min(roundUp(m, 4), most * MC)
  const e = pool?.engine ?? engine()
  const packedA = e.base + STAGE * KC * bytes
  const packedB = packedA + roundUp(mc * depth * bytes, 64)
  const block = packedB + roundUp(nc * depth * bytes, 64)
  const old = block + mc * nc * bytes
  e.reserve(old + mc * nc * bytes - e.base)
  const memory = double ? e.f64() : e.f32()
  return {
    engine: e,
    pool,
    bytes,
    widthB,
    memory,
    staging: e.base,
    packedA,
    packedB,
    block,
    old,
    mc,
    nc,
    depth,
  }
}

/** Packs lanes [first, first + lanes) and depths [from, from + depth) of an operand, one depth block after another. */
function pack(
  p: Plan,
  view: MatrixView,
  kContiguous: boolean,
  width: 4 | 8,
  first: number,
  lanes: number,
  from: number,
  depth: number,
  dst: number,
): void {
  const { bytes, staging, memory } = p
  const { data, offset, ld } = view
  const padded = roundUp(lanes, width)
  for (let k0 = 0; k0 < depth; k0 += KC) {
    const k = Math.min(KC, depth - k0)
    for (let lane = 0; lane < lanes; lane += STAGE) {
      const count = Math.min(STAGE, lanes - lane)
      const row = kContiguous ? first + lane : from + k0
      const col = kContiguous ? from + k0 : first + lane
      const rows = kContiguous ? count : k
      const cols = kContiguous ? k : count
      copyIn(data, offset + row * ld + col, ld, rows, cols, memory, staging / bytes)
      const to = dst + (padded * k0 + lane * k) * bytes
      if (bytes === 8) p.engine.call.pack64(staging, cols * 8, count, k, kContiguous ? 1 : 0, to)
      else p.engine.call.pack32(staging, cols * 4, count, k, kContiguous ? 1 : 0, width, to)
    }
  }
}

const packA = (p: Plan, a: MatrixView, i: number, m: number, from: number, depth: number): void =>
  pack(p, a, a.transposed !== true, 4, i, m, from, depth, p.packedA)

const packB = (p: Plan, b: MatrixView, j: number, n: number, from: number, depth: number): void =>
  pack(p, b, b.transposed === true, p.widthB, j, n, from, depth, p.packedB)

/**
 * Adds the packed A times the packed B (whose panels were packed for `lanesB` columns) to the block. A thread takes 128
 * rows of some columns through all the depth; with `lower`, the first column is `ahead` of the first row and
 * tasks wholly above the diagonal are left out.
 */
function multiply(
  p: Plan,
  m: number,
  n: number,
  depth: number,
  lanesB: number,
  ldc: number,
  ahead: number | null,
): void {
  const { bytes, engine: e, pool } = p
  const paddedA = roundUp(m, 4)
  const paddedB = roundUp(lanesB, p.widthB)
  const name = bytes === 8 ? 'macro64' : 'macro32'
  const rowStep = pool ? MC : m
  const columnStep = pool ? TASK_COLUMNS : n
  const calls: PoolRecord[] = []
  for (let i = 0; i < m; i += rowStep) {
    const rows = Math.min(rowStep, m - i)
    for (let j = 0; j < n; j += columnStep) {
      if (ahead !== null && j + ahead >= i + rows) continue
      const columns = Math.min(columnStep, n - j)
      const c = p.block + (i * ldc + j) * bytes
      for (let k0 = 0; k0 < depth; k0 += KC) {
        const k = Math.min(KC, depth - k0)
        const a = p.packedA + (paddedA * k0 + i * k) * bytes
        const b = p.packedB + (paddedB * k0 + j * k) * bytes
        if (pool) calls.push([name, rows, columns, k, a, b, c, ldc * bytes])
        else e.call[name](rows, columns, k, a, b, c, ldc * bytes)
      }
    }
  }
  pool?.run(Math.ceil(depth / KC), calls)
}

/** Writes the finished block into rows [i, i + m) and columns [j, j + n) of C. */
function finish(
  p: Plan,
  m: number,
  n: number,
  ldc: number,
  alpha: number,
  beta: number,
  c: MatrixView,
  at: number,
): void {
  const { bytes, block, old, memory } = p
  if (beta !== 0) {
    for (let r = 0; r < m; r++) {
      copyIn(c.data, at + r * c.ld, n, 1, n, memory, old / bytes + r * ldc)
    }
  }
  if (alpha !== 1 || beta !== 0) {
    if (bytes === 8) p.engine.call.combine64(block, old, m * ldc, alpha, beta)
    else p.engine.call.combine32(block, old, m * ldc, alpha, beta)
  }
  copyOut(memory, block / bytes, ldc, m, n, c.data, at, c.ld)
}

function scale(m: number, n: number, beta: number, c: MatrixView): void {
  for (let i = 0; i < m; i++) {
    const row = c.offset + i * c.ld
    for (let j = 0; j < n; j++) c.data[row + j] = beta === 0 ? 0 : beta * (c.data[row + j] as number)
  }
}

/** Both products: with `lower`, blocks wholly above the diagonal are left out. */
function product(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: MatrixView,
  b: MatrixView,
  beta: number,
  c: MatrixView,
  lower: boolean,
): void {
  if (m === 0 || n === 0) return
  if (k === 0) return scale(m, n, beta, c)
  const p = plan(m, n, k, c.data)
  for (let j = 0; j < n; j += p.nc) {
    const columns = Math.min(p.nc, n - j)
    const once = p.depth === k
    if (once) packB(p, b, j, columns, 0, k)
    for (let i = lower ? j : 0; i < m; i += p.mc) {
      const rows = Math.min(p.mc, m - i)
      const used = lower ? Math.min(columns, i + rows - j) : columns
      const ldc = roundUp(used, p.widthB)
      p.memory.fill(0, p.block / p.bytes, p.block / p.bytes + roundUp(rows, 4) * ldc)
      for (let from = 0; from < k; from += p.depth) {
        const depth = Math.min(p.depth, k - from)
        if (!once) packB(p, b, j, columns, from, depth)
        packA(p, a, i, rows, from, depth)
        multiply(p, rows, used, depth, columns, ldc, lower ? j - i : null)
      }
      finish(p, rows, used, ldc, alpha, beta, c, c.offset + i * c.ld + j)
    }
  }
}

/**
 * C ← alpha A B + beta C with A [m, k], B [k, n], C [m, n]; a beta of 0 never reads C.
 * `a` and `b` may be `transposed` views, `c` may not, nor may it overlap them. Every element of C is summed in one fixed
 * order over k, so any partition of the rows or columns gives the same bits.
 */
export function gemm(
  m: number,
  n: number,
  k: number,
  alpha: number,
  a: MatrixView,
  b: MatrixView,
  beta: number,
  c: MatrixView,
): void {
  product(m, n, k, alpha, a, b, beta, c, false)
}

/** Copies the lower triangle onto the upper one, tile by tile so that both sides stay in the cache. */
function mirror(n: number, c: MatrixView): void {
  const { data, offset, ld } = c
  const tile = 32
  for (let i0 = 0; i0 < n; i0 += tile) {
    for (let j0 = 0; j0 <= i0; j0 += tile) {
      for (let i = i0; i < Math.min(n, i0 + tile); i++) {
        for (let j = j0; j < Math.min(i, j0 + tile); j++) {
          data[offset + j * ld + i] = data[offset + i * ld + j] as number
        }
      }
    }
  }
}

/**
 * C ← alpha A Aᵀ + beta C with A [n, k], C [n, n] symmetric (its lower triangle is read): one triangle is computed and
 * mirrored. The numbers are those of `gemm(n, n, k, alpha, A, Aᵀ, beta, C)`.
 */
export function syrk(n: number, k: number, alpha: number, a: MatrixView, beta: number, c: MatrixView): void {
  product(n, n, k, alpha, a, { ...a, transposed: a.transposed !== true }, beta, c, true)
  mirror(n, c)
}
