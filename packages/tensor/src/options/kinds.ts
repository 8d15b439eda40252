/** Rules for what options hold: numbers, words, lists, functions, records; each takes its default last. */
import { nearest } from './nearest.js'
import { isRecord, readOptions, readValue } from './read.js'
import type { OptionsOf, Rule, Rules } from './rule.js'

/** A rule of one's own. `test` is trusted to tell whether a value is a T. */
export function rule<T>(what: string, test: (value: unknown) => boolean, byDefault?: T): Rule<T> {
  const accepts = test as (value: unknown) => value is T
  return byDefault === undefined ? { what, accepts } : { what, accepts, default: byDefault }
}

const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v)
const isInteger = (v: unknown): v is number => Number.isSafeInteger(v)

/** A finite number that passes a test: `number('a number in [0, 1)', (v) => v >= 0 && v < 1, 0)`. */
export const number = (what: string, test: (v: number) => boolean, byDefault?: number): Rule<number> =>
  rule(what, (v) => isNumber(v) && test(v), byDefault)

/** An integer that passes a test. */
export const integer = (what: string, test: (v: number) => boolean, byDefault?: number): Rule<number> =>
  rule(what, (v) => isInteger(v) && test(v), byDefault)

export const finite = (byDefault?: number): Rule<number> => number('a finite number', () => true, byDefault)

export const positive = (byDefault?: number): Rule<number> =>
  number('a positive number', (v) => v > 0, byDefault)

export const nonNegative = (byDefault?: number): Rule<number> =>
  number('a number not below 0', (v) => v >= 0, byDefault)

export const positiveInteger = (byDefault?: number): Rule<number> =>
  integer('a positive integer', (v) => v > 0, byDefault)

export const nonNegativeInteger = (byDefault?: number): Rule<number> =>
  integer('an integer not below 0', (v) => v >= 0, byDefault)

export const boolean = (byDefault?: boolean): Rule<boolean> =>
  rule('true or false', (v) => typeof v === 'boolean', byDefault)

export const text = (byDefault?: string): Rule<string> =>
  rule('a string', (v) => typeof v === 'string', byDefault)

const meant =
  (words: readonly string[]) =>
  (value: unknown): string | undefined => {
    const near = typeof value === 'string' ? nearest(value, words) : undefined
    return near === undefined ? undefined : `Did you mean "${near}"?`
  }

const quoted = (words: readonly string[]): string => words.map((w) => `"${w}"`).join(' or ')

/** One of some words. */
export const oneOf = <const T extends string>(words: readonly T[], byDefault?: T): Rule<T> => ({
  ...rule<T>(quoted(words), (v) => words.includes(v as T), byDefault),
  hint: meant(words),
})

/** One of some words or a list of them, one at least: what `get` takes. */
export const oneOrMore = <const T extends string>(
  words: readonly T[],
  byDefault?: T | readonly T[],
): Rule<T | readonly T[]> => ({
  ...rule<T | readonly T[]>(
    `${quoted(words)}, or a list of these`,
    (v) => (Array.isArray(v) ? v.length > 0 && v.every((w) => words.includes(w)) : words.includes(v as T)),
    byDefault,
  ),
  hint: (value) => (Array.isArray(value) ? value : [value]).map(meant(words)).find((h) => h !== undefined),
})

/** A function; its type is the caller's word. */
export const aFunction = <F extends (...args: never[]) => unknown>(): Rule<F> =>
  rule('a function', (v) => typeof v === 'function')

/** A list whose items follow a rule; `what` says it in words where "a list, each item ..." would be clumsy. */
export function listOf<T>(item: Rule<T>, what = `a list, each item ${item.what}`): Rule<readonly T[]> {
  const list: Rule<readonly T[]> = {
    ...rule<readonly T[]>(what, (v) => Array.isArray(v) && v.every(item.accepts)),
    hint: (v) => (typeof v === 'number' && item.accepts(v) ? `Write [${v}].` : undefined),
  }
  if (item.read === undefined) return list
  const read: Rule<readonly T[]>['read'] = (owner, value, code) =>
    (value as readonly unknown[]).map((v, i) => readValue(owner, String(i), item, v, code))
  return { ...list, read }
}

/** Options inside of options. */
export const record = <R extends Rules>(rules: R): Rule<OptionsOf<R>> => ({
  ...rule<OptionsOf<R>>(`a record of ${Object.keys(rules).join(', ')}`, isRecord),
  read: (owner, value, code) => readOptions(owner, rules, value, code),
})

/** A record of any names, whose values follow one rule. */
export const recordOf = <T>(item: Rule<T>): Rule<Readonly<Record<string, T>>> => ({
  ...rule<Readonly<Record<string, T>>>(`a record, each value ${item.what}`, isRecord),
  read: (owner, value, code) =>
    Object.fromEntries(
      Object.entries(value as object).map(([name, v]) => [name, readValue(owner, name, item, v, code)]),
    ),
})

/** A value that follows one rule or the other. */
export const either = <A, B>(first: Rule<A>, second: Rule<B>, byDefault?: A | B): Rule<A | B> => ({
  ...rule<A | B>(`${first.what}, or ${second.what}`, (v) => first.accepts(v) || second.accepts(v), byDefault),
  read: (owner, value, code) => {
    const fitting: Rule<A | B> = first.accepts(value) ? first : second
    return fitting.read === undefined ? (value as A | B) : fitting.read(owner, value, code)
  },
  hint: (value) => first.hint?.(value) ?? second.hint?.(value),
})

/** As a rule says, or null. */
export function orNull<T>(of: Rule<T>, byDefault?: T | null): Rule<T | null> {
  const { read, hint, code: own } = of
  return {
    ...rule<T | null>(`${of.what}, or null`, (v) => v === null || of.accepts(v), byDefault),
    ...(hint === undefined ? {} : { hint }),
    ...(own === undefined ? {} : { code: own }),
    ...(read === undefined
      ? {}
      : { read: (owner, value, code) => (value === null ? null : read(owner, value, code)) }),
  }
}

/** As a rule says, or left out: then undefined. */
export const optional = <T>(of: Rule<T>): Rule<T | undefined> => ({ ...of, optional: true })

/** One axis or several, negative ones from the end. */
export const axes = (byDefault?: number | readonly number[]): Rule<number | readonly number[]> =>
  rule('an axis or a list of axes', (v) => (Array.isArray(v) ? v : [v]).every(isInteger), byDefault)

/** A list of finite numbers, one at least. */
export const numbers = (): Rule<readonly number[]> =>
  rule('a list of finite numbers', (v) => Array.isArray(v) && v.length > 0 && v.every(isNumber))

/** What `AbortController` gives as `signal`. */
export const aSignal = (): Rule<AbortSignal> => ({
  ...rule<AbortSignal>(
    'an AbortSignal',
    (v) => typeof v === 'object' && v !== null && 'aborted' in v && 'addEventListener' in v,
  ),
  hint: (v) =>
    typeof v === 'object' && v !== null && 'signal' in v ? 'Give the `signal` of the controller.' : undefined,
})
