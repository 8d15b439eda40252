import type { NtkErrorCode } from '../errors.js'

/** What one option may hold. */
export interface Rule<T = unknown> {
  /** For messages: 'a positive integer'. */
  readonly what: string
  readonly accepts: (value: unknown) => value is T
  /** Absent: the option must be given, unless it is `optional`. */
  readonly default?: T
  /** The option may be left out, and is then undefined. */
  readonly optional?: true
  /** Looks further into an accepted value, and completes it: options inside of options. */
  readonly read?: (owner: string, value: unknown, code: NtkErrorCode) => T
  /** Of the error, where the kind of value has one of its own: 'dtype'. */
  readonly code?: NtkErrorCode
  /** What someone who gave this value may have meant. */
  readonly hint?: (value: unknown) => string | undefined
}

/** The options of a function by name. */
export type Rules = Readonly<Record<string, Rule>>

/** What `readOptions` gives: every option with its default filled in. */
export type OptionsOf<R extends Rules> = {
  readonly [K in keyof R]: R[K] extends Rule<infer T> ? T : never
}

/** A rule for each option of O, and no other: `const rules = { ... } satisfies RulesFor<O>`. */
export type RulesFor<O> = { readonly [K in keyof O]-?: Rule<O[K] | undefined> }
