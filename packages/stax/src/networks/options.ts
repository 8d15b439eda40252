import { aFunction, type OptionsOf, optional, type Rule, type Rules } from '@ntk/tensor/options'
import { Relu } from '../generated/activations.js'
import type { Layer } from '../layer.js'
import { type AffineOptions, type AffineRules, affineRules } from '../layers/affine.js'

/** What the layers of a network share. */
export interface NetworkOptions extends AffineOptions {
  /** Makes the nonlinearity, Relu unless given. */
  readonly activation?: (() => Layer) | undefined
}

type SharedRules = Omit<AffineRules, 'out'> & { readonly activation: Rule<(() => Layer) | undefined> }

/** The rules of a network's options: its own, and those of what its layers share. */
export function withShared<R extends Rules>(own: R): R & SharedRules {
  const { wStd, bStd, parameterization, s, initialization } = affineRules
  return {
    ...own,
    wStd,
    bStd,
    parameterization,
    s,
    initialization,
    activation: optional(aFunction<() => Layer>()),
  }
}

/** What a network's layers share, of the options as they were read. */
export function shared({ activation, ...affine }: OptionsOf<SharedRules>): {
  activation: () => Layer
  affine: AffineOptions
} {
  const { wStd, bStd, parameterization, s, initialization } = affine
  return {
    activation: activation ?? (() => Relu()),
    affine: { wStd, bStd, parameterization, s, initialization },
  }
}
