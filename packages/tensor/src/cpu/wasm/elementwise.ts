import { engine, loadWide, storeWide } from './engine.js'
import { binaryKernels, unaryKernels } from './kernel-names.js'
import type { Pool, PoolCall, PoolRecord } from './pool.js'
import { poolFor } from './threads.js'
import type { BinaryName, FloatArray, UnaryName } from './types.js'

/** Elements a pass: two float64 chunks stay in the first-level cache. */
const CHUNK = 2048

/** A chunk that threads share, the part each takes at a time, and what an element costs about. */
const POOL_CHUNK = 1 << 17
const MS_PER_ELEMENT = 6e-6

/** One operand: elements from `offset` on. */
interface Operand {
  readonly data: FloatArray
  readonly offset: number
}

/** Stages large chunks for all threads, who widen float32 (the narrow copies lie behind the float64 ones) and round it. */
function inPool(pool: Pool, kernel: PoolCall, operands: readonly Operand[], dst: Operand, n: number): void {
  const { engine: e } = pool
  const double = dst.data instanceof Float64Array
  const wide = operands.map((_, i) => e.base + i * POOL_CHUNK * 8)
  const narrow = operands.map((_, i) => e.base + (operands.length * 8 + i * 4) * POOL_CHUNK)
  e.reserve(operands.length * 12 * POOL_CHUNK + 64)
  const memory = double ? e.f64() : e.f32()
  const raw = (double ? wide : narrow).map((at) => at / memory.BYTES_PER_ELEMENT)
  for (let i = 0; i < n; i += POOL_CHUNK) {
    const count = Math.min(POOL_CHUNK, n - i)
    operands.forEach(({ data, offset }, j) => {
      const at = raw[j] as number
      memory.set(data.subarray(offset + i, offset + i + count), at)
      // vectors run one element past an odd end
      memory[at + count] = 1
    })
    const calls: PoolRecord[] = []
    for (let t = 0; t < count; t += CHUNK) {
      const size = Math.min(CHUNK, count - t)
      const even = size + (size & 1)
      const at = wide.map((address) => address + t * 8)
      const from = narrow.map((address) => address + t * 4)
      if (!double) at.forEach((to, j) => calls.push(['promote', from[j] as number, to, even]))
      calls.push([kernel, ...at, even])
      if (!double) calls.push(['demote', at[0] as number, from[0] as number, even])
    }
    pool.run(double ? 1 : operands.length + 2, calls)
    const first = raw[0] as number
    dst.data.set(memory.subarray(first, first + count), dst.offset + i)
  }
}

/**
 * dst[dstOffset + i] = name(src[srcOffset + i]) for i < n; src and dst of one type, and may be one array in place.
 * float64 results are within 2 ulp of the correctly rounded ones; float32 is computed in float64 and rounded once.
 * No engine's own Math function takes part, so the numbers are the same everywhere.
 */
export function unary(
  name: UnaryName,
  src: FloatArray,
  srcOffset: number,
  dst: FloatArray,
  dstOffset: number,
  n: number,
): void {
  const kernel = unaryKernels[name]
  const pool = poolFor(n * MS_PER_ELEMENT)
  if (pool !== null) {
    inPool(pool, kernel, [{ data: src, offset: srcOffset }], { data: dst, offset: dstOffset }, n)
    return
  }
  const e = engine()
  const at = e.base
  const wide = at + CHUNK * 8
  e.reserve(CHUNK * 12)
  for (let i = 0; i < n; i += CHUNK) {
    const count = Math.min(CHUNK, n - i)
    loadWide(e, src, srcOffset + i, count, at, wide)
    e.call[kernel](at, count + (count & 1))
    storeWide(e, at, wide, count, dst, dstOffset + i)
  }
}

/** dst[i] = name(a[i], b[i]) for i < n, arrays of one type; atan2(y, x) and pow(base, exponent) in this order. */
export function binary(name: BinaryName, a: FloatArray, b: FloatArray, dst: FloatArray, n: number): void {
  const kernel = binaryKernels[name]
  const pool = poolFor(n * MS_PER_ELEMENT)
  if (pool !== null) {
    const operands = [a, b].map((data) => ({ data, offset: 0 }))
    inPool(pool, kernel, operands, { data: dst, offset: 0 }, n)
    return
  }
  const e = engine()
  const first = e.base
  const second = first + CHUNK * 8
  const wide = second + CHUNK * 8
  e.reserve(CHUNK * 20)
  for (let i = 0; i < n; i += CHUNK) {
    const count = Math.min(CHUNK, n - i)
    loadWide(e, a, i, count, first, wide)
    loadWide(e, b, i, count, second, wide)
    e.call[kernel](first, second, count + (count & 1))
    storeWide(e, first, wide, count, dst, i)
  }
}
