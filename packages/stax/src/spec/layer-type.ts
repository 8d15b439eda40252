import { requireList, requireParts } from '@ntk/tensor/options'
import type { AnyLayer } from '../layer.js'
import type { LayerRules } from './options.js'
import type { Spec, SpecOptions } from './spec.js'

/** An entry of the registry: how a name of the spec language becomes a layer. */
export interface LayerType {
  readonly name: string
  readonly rules: LayerRules
  /** How many children its spec takes. */
  readonly children: 'none' | 'one' | 'any'
  /** Options come as the spec has them: the layer's own function checks them. */
  build(options: SpecOptions, children: readonly AnyLayer[]): AnyLayer
}

/** The spec of a layer: its options only where some are left. */
export function specOf(name: string, options: SpecOptions, children: readonly Spec[] = []): Spec {
  requireParts(options, 'The options of specOf', [], 'a function that reads options')
  requireList(children, 'The children of specOf')
  return Object.keys(options).length === 0 ? [name, ...children] : [name, options, ...children]
}
