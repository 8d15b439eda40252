import { normalizeSamples, standardize, statistics } from '@ntk/datasets'
import type { Tensor } from '@ntk/tensor'

export interface TwoSets {
  readonly train: Tensor
  readonly test: Tensor
}

/** Inputs scaled as the config says; statistics of pixels come from the training set alone. */
export function scaleInputs(how: 'sample' | 'pixel' | 'none', train: Tensor, test: Tensor): TwoSets {
  if (how === 'sample') return { train: normalizeSamples(train), test: normalizeSamples(test) }
  if (how === 'none') return { train, test }
  const found = statistics(train, 'pixel')
  return { train: standardize(train, found), test: standardize(test, found) }
}
