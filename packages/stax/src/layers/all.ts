/**
 * All layers and combinators but activations. A layer is a file beside and a line here: the function that people call, the
 * type of its options, and its `...Type`, which is its entry in the spec language. The package exports all but the
 * `...Type`s (`src/generated/layers.ts`, which scripts/write-layers.mjs makes of this table).
 */

export { FanInConcat, FanInProd, fanInConcatType, fanInProdType } from '../combinators/fan-in.js'
export { FanInSum, fanInSumType } from '../combinators/fan-in-sum.js'
export { FanOut, fanOutType } from '../combinators/fan-out.js'
export { named, namedType } from '../combinators/named.js'
export { parallel, parallelType } from '../combinators/parallel.js'
export { repeat, repeatType } from '../combinators/repeat.js'
export { serial, serialType } from '../combinators/serial.js'
export { Aggregate, type AggregateLayerOptions, aggregateType } from './aggregate.js'
export { type AttentionOptions, attentionType, GlobalSelfAttention } from './attention.js'
export { BatchNorm, type BatchNormOptions, batchNormType } from './batch-norm.js'
export { Conv, type ConvOptions, convType } from './conv.js'
export { ConvLocal, convLocalType } from './conv-local.js'
export { ConvTranspose, convTransposeType } from './conv-transpose.js'
export { Dense, type DenseOptions, denseType } from './dense.js'
export {
  type DimensionNumbers,
  DotGeneral,
  type DotGeneralOptions,
  dotGeneralType,
  type NestedNumbers,
} from './dot-general.js'
export { Dropout, type DropoutOptions, dropoutType } from './dropout.js'
export { Flatten, type FlattenOptions, flattenType } from './flatten.js'
export { GlobalAvgPool, GlobalSumPool, globalAvgPoolType, globalSumPoolType } from './global-pool.js'
export { Identity, identityType } from './identity.js'
export { ImageResize, type ImageResizeOptions, imageResizeType } from './image-resize.js'
export { Index, type IndexOptions, indexType, Slice, sliceType } from './index-layer.js'
export { LayerNorm, type LayerNormOptions, layerNormType } from './layer-norm.js'
export {
  AvgPool,
  type AvgPoolOptions,
  averagePoolType,
  MaxPool,
  maxPoolType,
  type PoolOptions,
  SumPool,
  sumPoolType,
} from './pool.js'
