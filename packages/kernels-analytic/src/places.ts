import type { Value } from '@ntk/tensor'
import type { Slopes } from './activations/slopes.js'
import type { Num } from './numbers.js'

/** A pair of values, one of x1 and one of x2: [n1, spatial...] and [n2, spatial...]; the second null where x2 is x1. */
export interface Sides {
  readonly of1: Value
  readonly of2: Value | null
}

/**
 * Booleans [n1, spatial...] and [n2, spatial...]: true where a position is padding in all its channels. Its covariances with
 * everything are 0, after every step.
 */
export interface Masks extends Sides {
  /**
   * Whether a position that counts may hold channels that are padding, which differ from it in number: what takes means over
   * positions, or over channels, refuses it. Layers with weights leave none.
   */
  readonly partial: boolean
}

/** The values of a branch as a function of what went into several branches at once, with no weights between. */
export interface Source<K> {
  /** The kernel of what went into the branches. */
  readonly of: K
  /** The function, where it is linear on both sides of 0 (slopes 1 and 1: the very values); else 'other'. */
  readonly by: Slopes<Num> | 'other'
}

/** The very values. */
export const identity: Slopes = { a: 1, b: 1 }

/** The part of the NTK that belongs to one layer's parameters. */
export interface NtkPart {
  readonly layer: string
  readonly ntk: Value
}

/**
 * What a kernel may carry beside its covariances. Absent means unknown (means) or not there (the others). Every kernel step
 * says of every place whether it carries, consumes or refuses it: see `Treatment`.
 */
export interface Places<K> {
  /** E[z] of a channel, over all weights since the last value that other branches share; 'zero' where it is known to vanish. */
  readonly means?: Sides | 'zero' | undefined
  /** Logarithms of scales taken out of the covariances: the true covariance is e^{s1 + s2} times what the arrays hold. */
  readonly logScale?: Sides | undefined
  /**
   * 1 − |c| of every pair, c = q/√(q11 q22), shaped like `nngp`: exact where it is small, where the covariances do not tell it any more.
   * A number without derivatives.
   */
  readonly deficit?: Value | undefined
  readonly masks?: Masks | undefined
  /** The source that this branch shares with others; absent where weights of its own stand between. */
  readonly source?: Source<K> | undefined
  /** The NTK divided by layers. */
  readonly ntkByLayer?: readonly NtkPart[] | undefined
}

export type PlaceName = keyof Places<unknown>

/** Every place with its name for messages. */
export const placeNames: Readonly<Record<PlaceName, string>> = {
  means: 'means',
  logScale: 'a scale carried as its logarithm',
  deficit: 'deficits 1 - |c|',
  masks: 'masks',
  source: 'a source shared by branches',
  ntkByLayer: 'the NTK by layer',
}

/**
 * What a kernel step does with a place that is filled:
 * - 'carries': what comes out has it too, true of the output;
 * - 'consumes': it is used or no longer needed, what comes out has its own or none;
 * - 'refuses': an error, because the step would make it untrue.
 */
export type Treatment = 'carries' | 'consumes' | 'refuses'

export type Treatments = Readonly<Record<PlaceName, Treatment>>

/** Refuses every place but those that are named, and deficits, which only say better what the covariances say: they end. */
export function refusingBut(some: Partial<Treatments>): Treatments {
  return {
    means: 'refuses',
    logScale: 'refuses',
    deficit: 'consumes',
    masks: 'refuses',
    source: 'refuses',
    ntkByLayer: 'refuses',
    ...some,
  }
}

export const carriesAll: Treatments = {
  means: 'carries',
  logScale: 'carries',
  deficit: 'carries',
  masks: 'carries',
  source: 'carries',
  ntkByLayer: 'carries',
}
