/** Checks of arguments that are given by position. `name` is the argument as messages name it: 'per of statistics'. */
import { NtkError } from '../errors.js'
import type { Value } from '../value.js'
import { hintOfTensor } from './hint.js'
import { nearest } from './nearest.js'
import { show } from './show.js'

/** Throws NtkError 'option' unless an argument is one of some words. */
export function requireWord<T extends string>(value: T, words: readonly T[], name: string): void {
  if (words.includes(value)) return
  const near = typeof value === 'string' ? nearest(value, words) : undefined
  throw new NtkError('option', {
    what: `${name} must be ${words.map((w) => `"${w}"`).join(' or ')}.`,
    got: show(value),
    fix: near === undefined ? undefined : `Did you mean "${near}"?`,
  })
}

/** Throws NtkError 'value' unless an argument is a tensor, or stands for one while a function is transformed. */
export function requireValue(value: unknown, name: string): asserts value is Value {
  if (typeof value === 'object' && value !== null && 'shape' in value && 'dtype' in value) return
  throw new NtkError('value', {
    what: `${name} must be a tensor.`,
    got: show(value),
    fix: hintOfTensor(value),
  })
}

/** Throws NtkError 'value' unless an argument is a number; NaN and infinity are numbers. */
export function requireNumber(value: unknown, name: string): void {
  if (typeof value === 'number') return
  throw new NtkError('value', { what: `${name} must be a number.`, got: show(value) })
}

/** Throws NtkError 'value' unless an argument is the bytes of a file. */
export function requireBytes(value: unknown, name: string): void {
  if (value instanceof Uint8Array) return
  throw new NtkError('value', { what: `${name} must be bytes, a Uint8Array.`, got: show(value) })
}

/** Throws NtkError 'value' unless an argument is a string. */
export function requireText(value: unknown, name: string): void {
  if (typeof value === 'string') return
  throw new NtkError('value', { what: `${name} must be a string.`, got: show(value) })
}

/** Throws NtkError 'value' unless an argument is a list. */
export function requireList(value: unknown, name: string): void {
  if (Array.isArray(value)) return
  const fix = typeof value === 'number' ? `Write [${show(value)}].` : undefined
  throw new NtkError('value', { what: `${name} must be a list.`, got: show(value), fix })
}

/** Throws NtkError 'value' unless an argument has these parts, as what the function `from` gives has them. */
export function requireParts(value: unknown, name: string, parts: readonly string[], from: string): void {
  if (typeof value === 'object' && value !== null && parts.every((part) => part in value)) return
  throw new NtkError('value', { what: `${name} must be what ${from} gives.`, got: show(value) })
}

/** Throws NtkError 'value' unless an argument is a function. */
export function requireFunction(value: unknown, name: string): void {
  if (typeof value === 'function') return
  throw new NtkError('value', { what: `${name} must be a function.`, got: show(value) })
}

/** Throws NtkError 'value' unless an argument is an integer in [from, to]. */
export function requireInteger(
  value: unknown,
  name: string,
  from = 0,
  to: number = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to) return
  const range =
    to === Number.MAX_SAFE_INTEGER ? `an integer not below ${from}` : `an integer in [${from}, ${to}]`
  throw new NtkError('value', { what: `${name} must be ${range}.`, got: show(value) })
}
