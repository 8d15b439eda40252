import { normalQuantile } from './erfinv.js'
import type { Key } from './key.js'
import { threefryBlock } from './threefry.js'

/** Counters a round: its words stay in the first-level cache. */
const block = 2048
const wordsHi = new Uint32Array(block)
const wordsLo = new Uint32Array(block)

/** Calls `use(start, count)` for each block of outputs, which lie in `wordsHi` and `wordsLo`. */
function forBlocks({ words }: Key, length: number, use: (start: number, count: number) => void): void {
  for (let start = 0; start < length; start += block) {
    const count = Math.min(block, length - start)
    threefryBlock(words[0], words[1], 0, start, count, wordsHi, wordsLo)
    use(start, count)
  }
}

export function fillBits32(key: Key, out: Uint32Array): void {
  forBlocks(key, out.length, (start, count) => {
    for (let i = 0; i < count; i++) out[start + i] = (wordsHi[i] as number) ^ (wordsLo[i] as number)
  })
}

export function fillBits64(key: Key, out: BigUint64Array): void {
  // Through 32-bit words: a BigInt a number would be ten times slower.
  const words = new Uint32Array(out.buffer, out.byteOffset, out.length * 2)
  forBlocks(key, out.length, (start, count) => {
    for (let i = 0; i < count; i++) {
      words[2 * (start + i) + low] = wordsLo[i] as number
      words[2 * (start + i) + 1 - low] = wordsHi[i] as number
    }
  })
}

const low = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1

/** 52 random bits as a fraction in [0, 1). */
function fraction64(hi: number, lo: number): number {
  return hi * 2 ** -32 + (lo >>> 12) * 2 ** -52
}

/** Uniform in [min, max): max(min, f (max - min) + min), each step rounded to double. */
export function fillUniform64(key: Key, out: Float64Array, min: number, max: number): void {
  const span = max - min
  forBlocks(key, out.length, (start, count) => {
    for (let i = 0; i < count; i++) {
      const value = fraction64(wordsHi[i] as number, wordsLo[i] as number) * span + min
      out[start + i] = value < min ? min : value
    }
  })
}

/** As `fillUniform64` with 23 bits, rounded to single once: the reference uses a fused multiply-add here. */
export function fillUniform32(key: Key, out: Float32Array, min: number, max: number): void {
  const low = Math.fround(min)
  const span = Math.fround(Math.fround(max) - low)
  forBlocks(key, out.length, (start, count) => {
    for (let i = 0; i < count; i++) {
      const f = (((wordsHi[i] as number) ^ (wordsLo[i] as number)) >>> 9) * 2 ** -23
      const value = Math.fround(f * span + low)
      out[start + i] = value < low ? low : value
    }
  })
}

// The smallest uniform number is the first one above -1 of its precision, so that no normal number is infinite.
const least64 = -1 + 2 ** -53
const least32 = -1 + 2 ** -24

/** Standard normal numbers: sqrt(2) erfInv(u) with u uniform in (-1, 1). */
export function fillNormal64(key: Key, out: Float64Array): void {
  forBlocks(key, out.length, (start, count) => {
    for (let i = 0; i < count; i++) {
      out[start + i] = normalQuantile(fraction64(wordsHi[i] as number, wordsLo[i] as number) * 2 + least64)
    }
  })
}

/** As `fillNormal64` from a single-precision u; the quantile is computed in double and rounded once. */
export function fillNormal32(key: Key, out: Float32Array): void {
  forBlocks(key, out.length, (start, count) => {
    for (let i = 0; i < count; i++) {
      const f = (((wordsHi[i] as number) ^ (wordsLo[i] as number)) >>> 9) * 2 ** -22
      out[start + i] = normalQuantile(Math.fround(f + least32))
    }
  })
}
