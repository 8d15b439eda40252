export type { PaddingName } from '@ntk/kernels-analytic'
export * from './generated/activations.js'
export * from './generated/layers.js'
export type {
  AnyLayer,
  ApplyOptions,
  Arity,
  Initialized,
  InitOptions,
  Layer,
  Masked,
  Of,
  Params,
} from './layer.js'
export type { ActivationLayer, ActivationOptions } from './layers/activation-layer.js'
export type { AffineOptions, Initialization } from './layers/affine.js'
export type { DimensionNumbers } from './layers/dimension-numbers.js'
export type { AxesOptions } from './layers/placed.js'
export {
  alexNet,
  type ConvolutionalOptions,
  cnnF,
  cnnP,
  leNet,
  type MyrtleOptions,
  myrtle,
  type WidthFactorOptions,
} from './networks/convolutional.js'
export { fullyConnected } from './networks/fully-connected.js'
export type { NetworkOptions } from './networks/options.js'
export { type WideResNetOptions, wideResNet } from './networks/wide-resnet.js'
export { fromSpec, layerNames, treeFromSpec } from './spec/from-spec.js'
export { specOf } from './spec/layer-type.js'
export type { Json, Spec, SpecOptions } from './spec/spec.js'
export { layersOf, mapSpec, type SpecLayer, type SpecNode } from './spec/walk.js'
