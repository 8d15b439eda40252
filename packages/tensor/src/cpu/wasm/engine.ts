import { NtkError } from '../../errors.js'
import { prepareLarge } from '../native/index.js'
import type { Exports } from './exports.js'
import { newMemory, wasmModule } from './module.js'
import type { FloatArray } from './types.js'

/** One instance of the module and a view of its memory; everything from `base` on is scratch of the running call. */
export interface Engine {
  readonly call: Exports
  readonly memory: WebAssembly.Memory
  readonly base: number
  /** Grows the memory to at least `bytes` beyond `base`. Views taken before may be stale afterwards. */
  reserve(bytes: number): void
  f64(): Float64Array
  f32(): Float32Array
  i32(): Int32Array
}

const PAGE = 65536

/** A new instance on a memory of its own, which goes when the instance goes; a shared one can be worked on by threads. */
export function freshEngine(shared = false): Engine {
  const memory = newMemory(shared)
  const module = wasmModule(shared)
  const call = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports
  const base = Math.ceil(call.heapBase() / 64) * 64
  let f64 = new Float64Array(memory.buffer)
  let f32 = new Float32Array(memory.buffer)
  let i32 = new Int32Array(memory.buffer)
  const grow = (pages: number, bytes: number): void => {
    try {
      memory.grow(pages)
    } catch (cause) {
      throw new NtkError('unsupported', {
        what: 'WebAssembly needs more memory than it can have (4 GiB at most).',
        got: `a computation with ${Math.ceil(bytes / 2 ** 20)} MiB of matrices`,
        fix: 'Use smaller matrices, or install a BLAS, which has no such limit.',
        cause,
      })
    }
    f64 = new Float64Array(memory.buffer)
    f32 = new Float32Array(memory.buffer)
    i32 = new Int32Array(memory.buffer)
    prepareLarge(f64)
  }
  return {
    call,
    memory,
    base,
    reserve: (bytes) => {
      const missing = base + bytes - memory.buffer.byteLength
      if (missing > 0) grow(Math.ceil(missing / PAGE), bytes)
    },
    f64: () => f64,
    f32: () => f32,
    i32: () => i32,
  }
}

let ordinary: Engine | undefined

/** The engine of ordinary calls, whose scratch stays small. */
export function engine(): Engine {
  ordinary ??= freshEngine()
  return ordinary
}

/** Copies [rows, cols] elements, `ld` apart, to a contiguous block at `at` (an element index of `dst`). */
export function copyIn(
  src: FloatArray,
  offset: number,
  ld: number,
  rows: number,
  cols: number,
  dst: FloatArray,
  at: number,
): void {
  if (ld === cols) dst.set(src.subarray(offset, offset + rows * cols), at)
  else if (cols >= 24) {
    for (let r = 0; r < rows; r++)
      dst.set(src.subarray(offset + r * ld, offset + r * ld + cols), at + r * cols)
  } else {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) dst[at + r * cols + c] = src[offset + r * ld + c] as number
    }
  }
}

/** Copies a block of [rows, cols] with `ldSrc` back to an array with `ldDst`. */
export function copyOut(
  src: FloatArray,
  at: number,
  ldSrc: number,
  rows: number,
  cols: number,
  dst: FloatArray,
  offset: number,
  ldDst: number,
): void {
  if (ldSrc === cols && ldDst === cols) dst.set(src.subarray(at, at + rows * cols), offset)
  else if (cols >= 24) {
    for (let r = 0; r < rows; r++) {
      dst.set(src.subarray(at + r * ldSrc, at + r * ldSrc + cols), offset + r * ldDst)
    }
  } else {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < cols; c++) dst[offset + r * ldDst + c] = src[at + r * ldSrc + c] as number
    }
  }
}

/**
 * Brings `n` elements to the float64 block at byte address `at`, padded with ones to an even number; float32 passes
 * through the bytes at `wide`.
 */
export function loadWide(
  e: Engine,
  src: FloatArray,
  from: number,
  n: number,
  at: number,
  wide: number,
): void {
  const odd = (n & 1) === 1
  if (src instanceof Float64Array) {
    const memory = e.f64()
    memory.set(src.subarray(from, from + n), at / 8)
    if (odd) memory[at / 8 + n] = 1
  } else {
    const memory = e.f32()
    memory.set(src.subarray(from, from + n), wide / 4)
    if (odd) memory[wide / 4 + n] = 1
    e.call.promote(wide, at, n + (n & 1))
  }
}

/** The way back: `n` float64 at `at` become elements of `dst`, rounded through `wide` for float32. */
export function storeWide(e: Engine, at: number, wide: number, n: number, dst: FloatArray, to: number): void {
  if (dst instanceof Float64Array) {
    dst.set(e.f64().subarray(at / 8, at / 8 + n), to)
  } else {
    e.call.demote(at, wide, n + (n & 1))
    dst.set(e.f32().subarray(wide / 4, wide / 4 + n), to)
  }
}
