export { FanInConcat, FanInProd } from './combinators/fan-in.js'
export { FanInSum } from './combinators/fan-in-sum.js'
export { FanOut } from './combinators/fan-out.js'
export { parallel } from './combinators/parallel.js'
export { repeat } from './combinators/repeat.js'
export { serial } from './combinators/serial.js'
export type { AnyLayer, ApplyOptions, Arity, Initialized, InitOptions, Layer, Of, Params } from './layer.js'
export { ABRelu, type ABReluOptions, Abs, LeakyRelu, type LeakyReluOptions, Relu } from './layers/ab-relu.js'
export {
  Cos,
  Elu,
  Exp,
  Gabor,
  Gaussian,
  Gelu,
  Hermite,
  Monomial,
  Numerical,
  Polynomial,
  Rbf,
  RectifiedMonomial,
  Sigmoid,
  SigmoidLike,
  Sign,
  Sin,
  Softplus,
  Swish,
  Tanh,
  type WaveOptions,
} from './layers/activations.js'
export type { AffineOptions } from './layers/affine.js'
export { type AttentionOptions, GlobalSelfAttention } from './layers/attention.js'
export { Conv, type ConvOptions } from './layers/conv.js'
export { ConvLocal } from './layers/conv-local.js'
export { ConvTranspose } from './layers/conv-transpose.js'
export { Dense, type DenseOptions } from './layers/dense.js'
export { Dropout, type DropoutOptions } from './layers/dropout.js'
export { Erf, type ErfOptions } from './layers/erf.js'
export { Flatten } from './layers/flatten.js'
export { Identity } from './layers/identity.js'
export { BatchNorm, type BatchNormOptions, LayerNorm, type LayerNormOptions } from './layers/normalization.js'
export {
  AvgPool,
  type AvgPoolOptions,
  GlobalAvgPool,
  GlobalSumPool,
  MaxPool,
  type PoolOptions,
  SumPool,
} from './layers/pool.js'
export type { PaddingName } from './layers/spatial.js'
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
export { fullyConnected, type NetworkOptions } from './networks/fully-connected.js'
export { type WideResNetOptions, wideResNet } from './networks/wide-resnet.js'
export { fromSpec, layerNames } from './spec/from-spec.js'
export { specOf } from './spec/layer-type.js'
export type { Json, Spec, SpecOptions } from './spec/spec.js'
export { layersOf, mapSpec, type SpecLayer, type SpecNode } from './spec/walk.js'
