import {
  boolean,
  nonNegative,
  number,
  oneOf,
  optional,
  orNull,
  positive,
  type Rule,
  readOptions,
} from '@ntk/tensor/options'
import type { Motion } from './propagator.js'
import type { Regularization } from './regularization.js'

export interface MseOptions extends Regularization {
  /** η, 1 unless given. */
  readonly learningRate?: number | undefined
  /** 'mean' (the default): L = 1/2 mean (f − y)², so that time is divided by the size of y; 'sum': L = 1/2 Σ (f − y)². */
  readonly loss?: 'mean' | 'sum' | undefined
  /** 'flow' (the default): gradient flow in continuous time. 'steps': t is a number of steps of gradient descent. */
  readonly dynamics?: 'flow' | 'steps' | undefined
  /** Heavy-ball momentum in [0, 1); 0, null or absent: none. In a flow t still counts steps, whose time is t √η. */
  readonly momentum?: number | null | undefined
  /**
   * What `t: Infinity` gives where the kernel, with its regularizer, is singular. 'error' (the default): NtkError 'singular'.
   * 'range': the limit of training: what the kernel can move ends on the targets, the rest stays as it started.
   */
  readonly singular?: Singular | undefined
}

export type Singular = 'error' | 'range'

/** The same as an option of one prediction, which overrules that of all. */
export const singularRule = (): Rule<Singular | undefined> => optional(oneOf(['error', 'range']))

/** Options with every default filled in. */
export type Complete<O> = { readonly [K in keyof O]-?: Exclude<O[K], undefined> }

export const regularizationRules: {
  readonly diagReg: Rule<number>
  readonly diagRegAbsolute: Rule<boolean>
} = { diagReg: nonNegative(0), diagRegAbsolute: boolean(false) }

/** Rules of `MseOptions`. */
export const mseRules: { readonly [K in keyof MseOptions]-?: Rule<Complete<MseOptions>[K]> } = {
  learningRate: positive(1),
  loss: oneOf(['mean', 'sum'], 'mean'),
  dynamics: oneOf(['flow', 'steps'], 'flow'),
  momentum: orNull(
    number('a number in [0, 1)', (v) => v >= 0 && v < 1),
    null,
  ),
  singular: oneOf(['error', 'range'], 'error'),
  ...regularizationRules,
}

export function readMseOptions(owner: string, given: MseOptions | undefined): Complete<MseOptions> {
  return readOptions(owner, mseRules, given)
}

/** How the weights move under these options, for targets of `ySize` numbers. */
export function motionOf(
  { learningRate, loss, dynamics, momentum }: Complete<MseOptions>,
  ySize: number,
): Motion {
  return { learningRate, dynamics, momentum, scale: loss === 'mean' ? ySize : 1 }
}

/** Relative precision of the numbers of a dtype. */
export function precisionOf(dtype: string): number {
  return dtype === 'float32' ? 2 ** -23 : 2 ** -52
}
