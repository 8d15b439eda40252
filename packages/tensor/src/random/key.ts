import { NtkError } from '../errors.js'
import { requireInteger } from '../options/require.js'
import { show } from '../options/show.js'
import { threefryBlock } from './threefry.js'

/** The source of random numbers: two 32-bit words. Plain immutable data; the same key gives the same numbers everywhere. */
export interface Key {
  readonly words: readonly [number, number]
}

function makeKey(word0: number, word1: number): Key {
  return Object.freeze({ words: Object.freeze([word0 >>> 0, word1 >>> 0] as const) })
}

export function isKey(value: unknown): value is Key {
  const words: unknown = (value as Key | null | undefined)?.words
  return (
    Array.isArray(words) &&
    words.length === 2 &&
    words.every((w) => Number.isInteger(w) && w >= 0 && w < 2 ** 32)
  )
}

/** Throws NtkError 'value' unless `value` is a key. */
export function checkKey(op: string, value: Key): Key {
  if (isKey(value)) return value
  throw new NtkError('value', {
    what: `${op} needs a random key.`,
    got: show(value),
    fix: Number.isSafeInteger(value) ? `Write key(${show(value)}).` : 'Make one with key(seed).',
  })
}

/** The key of a seed, as `jax.random.key` makes it. `seed` is any safe integer; negative ones in two's complement. */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed)) {
    throw new NtkError('value', { what: 'key needs a seed that is a safe integer.', got: show(seed) })
  }
  return makeKey(Math.floor(seed / 2 ** 32), seed)
}

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9'
type KeyTuple<N extends number, T extends readonly Key[] = readonly []> = T['length'] extends N
  ? T
  : KeyTuple<N, readonly [...T, Key]>

/** `n` keys: a tuple where `n` is a literal of at most two digits, else a list. */
export type Keys<N extends number> = `${N}` extends Digit | `${Digit}${Digit}` ? KeyTuple<N> : readonly Key[]

/**
 * `n` independent keys, a pair where `n` is left out. The first ones do not depend on `n`. Do not use a key again after
 * splitting it. As `jax.random.split` with partitionable threefry: key i is the output of counter i.
 */
export function split(parent: Key): Keys<2>
export function split<N extends number>(parent: Key, n: N): Keys<N>
export function split(parent: Key, n = 2): readonly Key[] {
  const { words } = checkKey('split', parent)
  requireInteger(n, 'The number of keys of split', 0, 2 ** 31)
  const hi = new Uint32Array(n)
  const lo = new Uint32Array(n)
  threefryBlock(words[0], words[1], 0, 0, n, hi, lo)
  return Array.from(hi, (word, i) => makeKey(word, lo[i] as number))
}

/**
 * A key made of a key and a number (a layer's index, a step), as `jax.random.fold_in`. `foldIn(k, i)` is
 * `split(k, n)[i]`: fold into a key or split it, not both.
 */
export function foldIn(parent: Key, data: number): Key {
  const { words } = checkKey('foldIn', parent)
  requireInteger(data, 'data of foldIn', 0, 2 ** 32 - 1)
  const hi = new Uint32Array(1)
  const lo = new Uint32Array(1)
  threefryBlock(words[0], words[1], 0, data, 1, hi, lo)
  return makeKey(hi[0] as number, lo[0] as number)
}
