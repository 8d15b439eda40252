import { activations } from '@ntk/kernels-analytic'
import { activationType } from '../layers/activation-layer.js'
import * as layers from '../layers/all.js'
import type { LayerType } from './layer-type.js'

const isType = (entry: unknown): entry is LayerType =>
  typeof entry === 'object' && entry !== null && 'build' in entry && 'rules' in entry

/** Every name of the spec language: the entries of `layers/all.ts`, and all activations. */
export const layerTypes: readonly LayerType[] = [
  ...Object.values<unknown>(layers).filter(isType),
  ...Object.values(activations).map(activationType),
]
