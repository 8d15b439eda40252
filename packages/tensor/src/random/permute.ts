import { fillBits32 } from './fill.js'
import { type Key, split } from './key.js'

/**
 * A random permutation of 0 ... n-1, as `jax.random.permutation`: a stable sort by random 32-bit keys, repeated
 * until the chance that equal keys bias the result is negligible: ceil(3 log n / log(2^32 - 1)) rounds.
 */
export function permutationIndices(parent: Key, n: number): Int32Array {
  let order = new Int32Array(n).map((_, i) => i)
  const rounds = Math.ceil((3 * Math.log(Math.max(1, n))) / Math.log(2 ** 32 - 1))
  const sortKeys = new Uint32Array(n)
  let key = parent
  for (let round = 0; round < rounds; round++) {
    const [next, sub] = split(key)
    key = next
    fillBits32(sub, sortKeys)
    order = stableSort(sortKeys, order)
  }
  return order
}

/** `values` in ascending order of `keys`. */
function stableSort(keys: Uint32Array, values: Int32Array): Int32Array<ArrayBuffer> {
  return keys.length < 2 ** 15 ? sortShort(keys, values) : sortLong(keys, values)
}

/** Key and place packed into one double (47 bits), which the engine sorts. */
function sortShort(keys: Uint32Array, values: Int32Array): Int32Array<ArrayBuffer> {
  const packed = new Float64Array(keys.length)
  for (let i = 0; i < keys.length; i++) packed[i] = (keys[i] as number) * 2 ** 15 + i
  packed.sort()
  const out = new Int32Array(keys.length)
  for (let i = 0; i < keys.length; i++) out[i] = values[(packed[i] as number) % 2 ** 15] as number
  return out
}

/** Two stable passes over 16-bit digits. */
function sortLong(keys: Uint32Array, values: Int32Array): Int32Array<ArrayBuffer> {
  const n = keys.length
  const keys1 = new Uint32Array(n)
  const values1 = new Int32Array(n)
  const values2 = new Int32Array(n)
  const ends = new Int32Array(65537)
  for (let i = 0; i < n; i++) ends[((keys[i] as number) & 0xffff) + 1]!++
  for (let d = 0; d < 65536; d++) ends[d + 1]! += ends[d] as number
  for (let i = 0; i < n; i++) {
    const k = keys[i] as number
    const at = ends[k & 0xffff]!++
    keys1[at] = k
    values1[at] = values[i] as number
  }
  ends.fill(0)
  for (let i = 0; i < n; i++) ends[((keys1[i] as number) >>> 16) + 1]!++
  for (let d = 0; d < 65536; d++) ends[d + 1]! += ends[d] as number
  for (let i = 0; i < n; i++) values2[ends[(keys1[i] as number) >>> 16]!++] = values1[i] as number
  return values2
}
