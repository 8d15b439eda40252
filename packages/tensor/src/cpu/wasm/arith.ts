import { type Engine, engine } from './engine.js'
import type { FloatArray } from './types.js'

/** Bytes of an operand staged at a time: three chunks stay near the first-level cache. */
const CHUNK = 16384
/** Room after a chunk, so that vectors may run past its end. */
const SLOT = CHUNK + 64

/** `shareOfLarger`: 1 where a > b, 1/2 where a = b, else 0. */
export const arithOps = ['add', 'sub', 'mul', 'div', 'max', 'min', 'shareOfLarger'] as const
export const compareOps = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const
export const signOps = ['neg', 'abs', 'floor', 'ceil', 'round'] as const

export type ArithName = (typeof arithOps)[number]
export type CompareName = (typeof compareOps)[number]
export type SignName = (typeof signOps)[number]

/** Where an operand is staged: chunk by chunk, or once as four equal numbers. */
interface Staged {
  readonly at: number
  readonly src: FloatArray
  readonly from: number
  /** 1, or 0 where one number stands for all. */
  readonly step: 0 | 1
}

function memoryOf(e: Engine, like: FloatArray): FloatArray {
  return like instanceof Float64Array ? e.f64() : e.f32()
}

function stage(e: Engine, slot: number, src: FloatArray, from: number, step: number): Staged {
  const at = e.base + slot * SLOT
  const one = step === 0
  if (one) {
    const index = at / src.BYTES_PER_ELEMENT
    memoryOf(e, src).fill(src[from] as number, index, index + 4)
  }
  return { at, src, from, step: one ? 0 : 1 }
}

function load(e: Engine, { at, src, from, step }: Staged, i: number, n: number): void {
  if (step === 1) memoryOf(e, src).set(src.subarray(from + i, from + i + n), at / src.BYTES_PER_ELEMENT)
}

/** dst[o + i] = a[p + i·da] op b[q + i·db] for i < n, with steps of 0 or 1 and arrays of one type, as IEEE 754 has it. */
export function arith(
  name: ArithName,
  a: FloatArray,
  p: number,
  da: number,
  b: FloatArray,
  q: number,
  db: number,
  dst: FloatArray,
  o: number,
  n: number,
): void {
  const e = engine()
  e.reserve(3 * SLOT)
  const bytes = dst.BYTES_PER_ELEMENT
  const op = arithOps.indexOf(name)
  const kernel = bytes === 8 ? e.call.arith64 : e.call.arith32
  const [x, y] = [stage(e, 0, a, p, da), stage(e, 1, b, q, db)]
  const out = e.base + 2 * SLOT
  const memory = memoryOf(e, dst)
  for (let i = 0; i < n; i += CHUNK / bytes) {
    const count = Math.min(CHUNK / bytes, n - i)
    load(e, x, i, count)
    load(e, y, i, count)
    kernel(op, x.at, 16 * x.step, y.at, 16 * y.step, out, Math.ceil((count * bytes) / 16))
    dst.set(memory.subarray(out / bytes, out / bytes + count), o + i)
  }
}

/** Columns that `arithRows` takes. */
export const widestRow: number = CHUNK / 8

/**
 * dst[o + r·n + j] = a[p + r·n + j] op b[q + r] for r < m, j < n: a number a row. With `scalarsFirst` it is a that has a number a
 * row, and b that has rows.
 */
export function arithRows(
  name: ArithName,
  a: FloatArray,
  p: number,
  b: FloatArray,
  q: number,
  scalarsFirst: boolean,
  dst: FloatArray,
  o: number,
  m: number,
  n: number,
): void {
  const e = engine()
  e.reserve(4 * SLOT)
  const bytes = dst.BYTES_PER_ELEMENT
  const op = arithOps.indexOf(name)
  const [kernel, repeat] = bytes === 8 ? [e.call.arith64, e.call.repeat64] : [e.call.arith32, e.call.repeat32]
  const [x, y, out, numbers] = [0, 1, 2, 3].map((slot) => e.base + slot * SLOT) as [
    number,
    number,
    number,
    number,
  ]
  const memory = memoryOf(e, dst)
  const [rows, scalars] = scalarsFirst ? [b, a] : [a, b]
  const [row0, scalar0] = scalarsFirst ? [q, p] : [p, q]
  const [rowSlot, scalarSlot] = scalarsFirst ? [y, x] : [x, y]
  const many = Math.floor(CHUNK / bytes / n)
  for (let r = 0; r < m; r += many) {
    const count = Math.min(many, m - r)
    const size = count * n
    memory.set(rows.subarray(row0 + r * n, row0 + r * n + size), rowSlot / bytes)
    memory.set(scalars.subarray(scalar0 + r, scalar0 + r + count), numbers / bytes)
    repeat(numbers, scalarSlot, n, count)
    kernel(op, x, 16, y, 16, out, Math.ceil((size * bytes) / 16))
    dst.set(memory.subarray(out / bytes, out / bytes + size), o + r * n)
  }
}

/** dst[o + i] = 1 where a[p + i·da] op b[q + i·db] holds, else 0. */
export function compare(
  name: CompareName,
  a: FloatArray,
  p: number,
  da: number,
  b: FloatArray,
  q: number,
  db: number,
  dst: Uint8Array,
  o: number,
  n: number,
): void {
  const e = engine()
  e.reserve(3 * SLOT)
  const bytes = a.BYTES_PER_ELEMENT
  const op = compareOps.indexOf(name)
  const kernel = bytes === 8 ? e.call.compare64 : e.call.compare32
  const [x, y] = [stage(e, 0, a, p, da), stage(e, 1, b, q, db)]
  const out = e.base + 2 * SLOT
  const memory = new Uint8Array(e.memory.buffer, out, CHUNK / bytes)
  for (let i = 0; i < n; i += CHUNK / bytes) {
    const count = Math.min(CHUNK / bytes, n - i)
    load(e, x, i, count)
    load(e, y, i, count)
    kernel(op, x.at, 4 * bytes * x.step, y.at, 4 * bytes * y.step, out, Math.ceil(count / 4))
    dst.set(count === memory.length ? memory : memory.subarray(0, count), o + i)
  }
}

/** dst[o + i] = c[r + i] !== 0 ? a[p + i·da] : b[q + i·db]. */
export function select(
  c: Uint8Array,
  r: number,
  a: FloatArray,
  p: number,
  da: number,
  b: FloatArray,
  q: number,
  db: number,
  dst: FloatArray,
  o: number,
  n: number,
): void {
  const e = engine()
  e.reserve(4 * SLOT)
  const bytes = dst.BYTES_PER_ELEMENT
  const kernel = bytes === 8 ? e.call.select64 : e.call.select32
  const [x, y] = [stage(e, 0, a, p, da), stage(e, 1, b, q, db)]
  const out = e.base + 2 * SLOT
  const conditions = e.base + 3 * SLOT
  const memory = memoryOf(e, dst)
  const chosen = new Uint8Array(e.memory.buffer, conditions, CHUNK / bytes)
  for (let i = 0; i < n; i += CHUNK / bytes) {
    const count = Math.min(CHUNK / bytes, n - i)
    chosen.set(c.subarray(r + i, r + i + count))
    load(e, x, i, count)
    load(e, y, i, count)
    kernel(conditions, x.at, 4 * bytes * x.step, y.at, 4 * bytes * y.step, out, Math.ceil(count / 4))
    dst.set(memory.subarray(out / bytes, out / bytes + count), o + i)
  }
}

/** dst[i] = name(src[i]) for i < n: signs and roundings. */
export function sign(name: SignName, src: FloatArray, dst: FloatArray, n: number): void {
  const e = engine()
  e.reserve(SLOT)
  const bytes = dst.BYTES_PER_ELEMENT
  const op = signOps.indexOf(name)
  const kernel = bytes === 8 ? e.call.sign64 : e.call.sign32
  const memory = memoryOf(e, dst)
  const at = e.base / bytes
  for (let i = 0; i < n; i += CHUNK / bytes) {
    const count = Math.min(CHUNK / bytes, n - i)
    memory.set(src.subarray(i, i + count), at)
    kernel(op, e.base, Math.ceil((count * bytes) / 16))
    dst.set(memory.subarray(at, at + count), i)
  }
}

/** dst[i] = Σ weights_k · xs_k[i] for i < n, term by term from the left, in one pass over memory. */
export function linearCombination(
  weights: readonly number[],
  xs: readonly FloatArray[],
  dst: FloatArray,
  n: number,
): void {
  const e = engine()
  e.reserve(2 * SLOT)
  const bytes = dst.BYTES_PER_ELEMENT
  const kernel = bytes === 8 ? e.call.accumulate64 : e.call.accumulate32
  const memory = memoryOf(e, dst)
  const [acc, term] = [e.base, e.base + SLOT]
  for (let i = 0; i < n; i += CHUNK / bytes) {
    const count = Math.min(CHUNK / bytes, n - i)
    const vectors = Math.ceil((count * bytes) / 16)
    xs.forEach((x, k) => {
      const first = k === 0
      const alone = first && weights[0] === 1
      memory.set(x.subarray(i, i + count), (alone ? acc : term) / bytes)
      if (!alone) kernel(acc, term, weights[k] as number, vectors, first ? 1 : 0)
    })
    dst.set(memory.subarray(acc / bytes, acc / bytes + count), i)
  }
}
