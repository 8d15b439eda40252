import { type OptionsOf, type Rules, readOptions } from '@ntk/tensor/options'
import type { AnyActivation } from './activation.js'

/** Complete options to show and to test an activation with: its examples, or its defaults. */
export function examplesOf({ name, options, examples }: AnyActivation): readonly OptionsOf<Rules>[] {
  return examples ?? [readOptions(name, options, {}, 'spec')]
}
