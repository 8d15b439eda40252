import { type Key, NtkError } from '@ntk/tensor'
import {
  aKey,
  either,
  listOf,
  nonNegativeInteger,
  oneOf,
  optional,
  positiveInteger,
  type Rule,
  type RulesFor,
  readOptions,
  record,
  recordOf,
  rule,
  text,
} from '@ntk/tensor/options'
import type { Criterion } from './criterion.js'

export interface ChooseOptions {
  /** 'marginal-likelihood' (the default): how probable all targets are; 'leave-one-out': each of them, given all others. */
  readonly by?: Criterion | undefined
  /** How many samples of the training set are looked at, drawn at random and always the same, 500 unless given. */
  readonly samples?: number | undefined
  /** Names that keep their numbers: 'wStd', 'bStd', 'diagReg' and the like. */
  readonly fixed?: readonly string[] | undefined
  /** Least and largest number by name; a thirtieth and thirty times of where a standard deviation starts, and 1e-8 and 100 of 'diagReg', unless given. */
  readonly bounds?: Readonly<Record<string, readonly [number, number]>> | undefined
  /** Searches from other, random places, 0 unless given; they need a `key`. */
  readonly restarts?: number | undefined
  readonly key?: Key | undefined
  /** Iterations of a search at most, 50 unless given. */
  readonly iterations?: number | undefined
}

const criteria = ['marginal-likelihood', 'leave-one-out'] as const

const interval = (): Rule<readonly [number, number]> =>
  rule<readonly [number, number]>('two positive numbers, the smaller first', (v) => {
    if (!Array.isArray(v) || v.length !== 2) return false
    const [low, high]: unknown[] = v
    return typeof low === 'number' && typeof high === 'number' && low > 0 && low <= high && high < Infinity
  })

const rules = {
  by: oneOf(criteria, 'marginal-likelihood'),
  samples: positiveInteger(500),
  fixed: listOf(text(), 'a list of names'),
  bounds: recordOf(interval()),
  restarts: nonNegativeInteger(0),
  key: optional(aKey()),
  iterations: positiveInteger(50),
}

const chooseRules = {
  ...rules,
  fixed: { ...rules.fixed, default: [] },
  bounds: { ...rules.bounds, default: {} },
} satisfies RulesFor<ChooseOptions>

/** With every default filled in. */
export interface ReadChooseOptions {
  readonly by: Criterion
  readonly samples: number
  readonly fixed: readonly string[]
  readonly bounds: Readonly<Record<string, readonly [number, number]>>
  readonly restarts: number
  readonly key: Key | undefined
  readonly iterations: number
}

/** The option `choose` of an estimator: a criterion, or a record that has it among others. */
export const chooseRule: Rule<Criterion | ChooseOptions | undefined> = optional(
  either(oneOf(criteria), record(chooseRules) as Rule<ChooseOptions>),
)

/** Throws NtkError 'option', also on random places without a key. */
export function readChoose(owner: string, given: Criterion | ChooseOptions): ReadChooseOptions {
  const read = readOptions(owner, chooseRules, typeof given === 'string' ? { by: given } : given)
  if (read.restarts === 0 || read.key !== undefined) return read
  throw new NtkError('option', {
    what: `${owner} needs an option "key" for restarts, which start at random places.`,
    fix: 'Write key: key(0).',
  })
}
