import { isPlainObject } from '../settings/objects.js'

// JSON has no NaN and no infinities; a record with this one key stands for them.
const numberKey = '$number'
const special: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

/**
 * A value as JSON holds it, such that `fromPlain` gives an equal one back.
 *
 * @param what names the value in the error for what would be lost: a fault of whoever made the value, not of the user
 */
export function toPlain(value: unknown, what: string): unknown {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : { [numberKey]: String(value) }
  if (Array.isArray(value)) return value.map((inner, i) => toPlain(inner, `${what}[${i}]`))
  if (isPlainObject(value) && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
    return Object.fromEntries(entries.map(([key, inner]) => [key, toPlain(inner, `${what}.${key}`)]))
  }
  throw new Error(`${what} cannot be kept: ${Object.prototype.toString.call(value)}`)
}

export function fromPlain(plain: unknown): unknown {
  if (Array.isArray(plain)) return plain.map(fromPlain)
  if (!isPlainObject(plain)) return plain
  const number = plain[numberKey]
  if (typeof number === 'string' && Object.keys(plain).length === 1) return special[number]
  return Object.fromEntries(Object.entries(plain).map(([key, inner]) => [key, fromPlain(inner)]))
}
