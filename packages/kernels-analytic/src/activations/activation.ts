import type { DualStep, Value } from '@ntk/tensor'
import type { OptionsOf, Rule, Rules } from '@ntk/tensor/options'
import type { Num, Nums } from '../numbers.js'
import type { Slopes } from './slopes.js'

/** Covariances of pairs of Gaussian pre-activations: q = K(x, x'), q11 = K(x, x), q22 = K(x', x'); shapes broadcast. */
export interface PairCovariances {
  readonly q: Value
  readonly q11: Value
  readonly q22: Value
  /** 1 − |c|, c = q/√(q11 q22), where it is known better than from the three: what depends on small angles takes it. */
  readonly deficit?: Value | undefined
}

/** A dual by composites of @ntk/tensor, which a backend may run in one piece. */
export interface FusedDual {
  /** T, and Θ·Ṫ where a Θ is given. */
  pair(covariances: PairCovariances, ntk: Value | null): readonly [t: Value, ntk: Value | null]
  /** The same as a step of a whole run over a block of pairs (`dualStack`). */
  readonly step: DualStep
}

/**
 * The expectations of an activation φ under Gaussian inputs. Options may hold values in place of numbers.
 *
 * Write them so that nothing cancels for nearly equal inputs (`pairDeterminant`), with finite derivatives at equal, opposite
 * and zero inputs, and so that `variance` is what `pair` gives a pair of equal inputs, to the bit.
 */
export interface Dual<O> {
  /** The options that are numbers and that the kernel has gradients in. */
  readonly hyperparameters?: readonly string[]
  /** T = E[φ(u) φ(v)], and Ṫ = E[φ'(u) φ'(v)] when called, of (u, v) ~ N(0, [[q11, q], [q, q22]]). */
  pair(covariances: PairCovariances, options: Nums<O>): readonly [t: Value, slope: () => Value]
  /** E[φ(u)²] of u ~ N(0, q). */
  variance(q: Value, options: Nums<O>): Value
  /** E[φ(u)] of u ~ N(0, q), 'zero' of an odd φ. Without it, or where it is undefined, branches that end in the activation cannot be summed. */
  mean?(q: Value, options: Nums<O>): Value | 'zero' | undefined
  /** 1 − |c| of φ(u), φ(v), with the digits of the deficit before. Without it, deficits end here. */
  deficit?(covariances: PairCovariances, options: Nums<O>): Value
  /** What T and Ṫ may be off by where no closed form is known, in parts of the deviations of φ(u) and φ(v) (of φ' for Ṫ). Without it, roundings. */
  error?(options: O): number | undefined
  /** Whether φ jumps: its derivative counts as 0, as in every finite network, and Ṫ is not the derivative of T. */
  jumps?(options: Nums<O>): boolean
  /** Of a function that is linear on both sides of 0: its slopes. Branches that are such functions of the same values have a sum. */
  slopes?(options: Nums<O>): Slopes<Num>
  /** For options that are numbers; undefined where these have none. */
  fused?(options: Nums<O>): FusedDual | undefined
}

/**
 * An elementwise nonlinearity, whole in one record: `@ntk/stax` makes the layer, its options, its entry in the spec language
 * and its export of it. A record is one file here and one line in `all.ts`.
 */
export interface Activation<R extends Rules, A extends string = never> {
  /** Its name in the spec language, and that of its layer. */
  readonly name: string
  /** The formula, as the documentation of its layer. */
  readonly summary: string
  readonly options: R
  /** Options to show and to test it with, complete; those that are its defaults unless given. */
  readonly examples?: readonly OptionsOf<R>[]
  /** The option that its layer also takes alone: `Monomial(3)` for `Monomial({ degree: 3 })`. */
  readonly argument?: A
  /** Whether no finite network has this kernel: `apply` then says so. */
  readonly kernelOnly?: boolean
  /** φ(x) of the finite network. */
  apply<V extends Value>(x: V, options: OptionsOf<R>): V
  /** Null where no closed form is known: the layer then runs at finite width only. */
  readonly dual: Dual<OptionsOf<R>> | null
}

/** Any record of the table. */
export type AnyActivation = Activation<Rules, string>

/** The options of an activation that has none. */
export type None = Readonly<Record<never, never>>

/** A rule whose option may be left out. */
export type Defaulted<T> = Rule<T> & { readonly default: T }

/** A rule with what the option is where it is left out. */
export function defaulted<T>(rule: Rule<T>, byDefault: T): Defaulted<T> {
  return { ...rule, default: byDefault }
}

/** Checks a record's types where it stands, and keeps them. */
export function activation<R extends Rules, A extends keyof R & string = never>(
  record: Activation<R, A>,
): Activation<R, A> {
  return record
}
