import { NtkError } from '@ntk/tensor'
import { suggestion } from './nearest.js'
import { type Json, type SpecOptions, show } from './spec.js'

/** What one option may hold. */
export interface Rule<T extends Json = Json> {
  /** For messages: 'a positive integer'. */
  readonly what: string
  readonly accepts: (value: unknown) => value is T
  /** Absent: the option must be given. */
  readonly otherwise?: T
}

export type Rules = Readonly<Record<string, Rule>>

export type OptionsOf<R extends Rules> = {
  readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never
}

function rule<T extends Json>(what: string, accepts: (value: unknown) => boolean, otherwise?: T): Rule<T> {
  const typed = accepts as (value: unknown) => value is T
  return otherwise === undefined ? { what, accepts: typed } : { what, accepts: typed, otherwise }
}

const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v)

export const positiveInteger = (otherwise?: number): Rule<number> =>
  rule('a positive integer', (v) => Number.isSafeInteger(v) && (v as number) > 0, otherwise)

export const finite = (otherwise?: number): Rule<number> => rule('a finite number', isNumber, otherwise)

/** Standard deviations. */
export const nonNegative = (otherwise?: number): Rule<number> =>
  rule('a number not below 0', (v) => isNumber(v) && v >= 0, otherwise)

export const nonNegativeOrNull = (otherwise?: number | null): Rule<number | null> =>
  rule('a number not below 0, or null', (v) => v === null || (isNumber(v) && v >= 0), otherwise)

export const oneOf = <const T extends string>(values: readonly T[], otherwise?: T): Rule<T> =>
  rule(values.map((v) => `"${v}"`).join(' or '), (v) => values.includes(v as T), otherwise)

/** The width scalings of the standard parameterization, of inputs and outputs. */
export const scalePair = (otherwise: readonly [number, number]): Rule<readonly [number, number]> =>
  rule(
    'a pair of positive numbers',
    (v) => Array.isArray(v) && v.length === 2 && v.every((s) => isNumber(s) && s > 0),
    otherwise,
  )

export const boolean = (otherwise?: boolean): Rule<boolean> =>
  rule('true or false', (v) => typeof v === 'boolean', otherwise)

export const nonNegativeInteger = (otherwise?: number): Rule<number> =>
  rule('an integer not below 0', (v) => Number.isSafeInteger(v) && (v as number) >= 0, otherwise)

/** Windows and strides, one number a spatial axis. */
export const sizes = (): Rule<readonly number[]> =>
  rule(
    'a list of positive integers, one a spatial axis',
    (v) => Array.isArray(v) && v.length > 0 && v.every((d) => Number.isSafeInteger(d) && d > 0),
  )

/** As `sizes`, or null: 1 everywhere. */
export const sizesOrNull = (): Rule<readonly number[] | null> =>
  rule(
    'a list of positive integers, one a spatial axis, or null',
    (v) =>
      v === null || (Array.isArray(v) && v.length > 0 && v.every((d) => Number.isSafeInteger(d) && d > 0)),
    null,
  )

/** One axis or several, negative ones from the end. */
export const axes = (otherwise: number | readonly number[]): Rule<number | readonly number[]> =>
  rule(
    'an axis or a list of axes',
    (v) => (Array.isArray(v) ? v : [v]).every((a) => Number.isSafeInteger(a)),
    otherwise,
  )

export const numbers = (): Rule<readonly number[]> =>
  rule('a list of finite numbers', (v) => Array.isArray(v) && v.length > 0 && v.every(isNumber))

/** A number in (0, 1]. */
export const probability = (): Rule<number> =>
  rule('a number in (0, 1]', (v) => isNumber(v) && v > 0 && v <= 1)

const indefinite = (name: string): string => (/^[aeiou]/i.test(name) ? `an ${name}` : `a ${name}`)

/** The options of a layer, checked and completed. Throws NtkError 'spec' naming the layer and the option. */
export function readOptions<R extends Rules>(layer: string, rules: R, given: object): OptionsOf<R> {
  const known = Object.keys(rules)
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) {
      throw new NtkError('spec', {
        what: `${layer} has no option "${name}".`,
        fix: suggestion(name, known),
      })
    }
  }
  const out: Record<string, Json> = {}
  for (const [name, { what, accepts, otherwise }] of Object.entries(rules)) {
    const value = (given as Record<string, unknown>)[name]
    if (value === undefined && otherwise !== undefined) out[name] = otherwise
    else if (accepts(value)) out[name] = value
    else {
      throw new NtkError('spec', {
        what: `${layer} needs ${indefinite(`option "${name}"`)}, ${what}.`,
        got: show(value),
      })
    }
  }
  return out as OptionsOf<R>
}

/** The options that differ from their defaults, as a spec names them. */
export function specOptions(rules: Rules, options: Readonly<Record<string, Json>>): SpecOptions {
  const differs = ([name, value]: [string, Json]): boolean =>
    JSON.stringify(value) !== JSON.stringify(rules[name]?.otherwise)
  return Object.fromEntries(Object.entries(options).filter(differs))
}
