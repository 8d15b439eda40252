import { type OptionsOf, type Rules, readOptions, requireParts } from '@ntk/tensor/options'
import type { AnyActivation } from './activation.js'

/** Complete options to show and to test an activation with: its examples, or its defaults. */
export function examplesOf(activation: AnyActivation): readonly OptionsOf<Rules>[] {
  requireParts(activation, 'The activation of examplesOf', ['name', 'options'], 'the table of activations')
  const { name, options, examples } = activation
  return examples ?? [readOptions(name, options, {}, 'spec')]
}
