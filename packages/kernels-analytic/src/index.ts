export { dualAbReluComposite } from './activations/ab-relu.js'
export {
  type Activation,
  type AnyActivation,
  activation,
  type Defaulted,
  type Dual,
  defaulted,
  type FusedDual,
  type None,
  type PairCovariances,
} from './activations/activation.js'
export * as activations from './activations/all.js'
export { dualErfComposite } from './activations/erf.js'
export { examplesOf } from './activations/examples.js'
export { pairDeterminant } from './activations/pair.js'
export { type DescribeOptions, describe, type NetDescription } from './describe.js'
export { spaceKernelComposite, spaceVarianceComposite } from './evaluate/space.js'
export {
  dualSeriesComposite,
  dualStack,
  dualStackComposite,
  dualStackIntoComposite,
  dualStackVariance,
  dualStackVarianceComposite,
  gramStackIntoComposite,
} from './evaluate/stack.js'
export { type At, namesOf, type ResultAt } from './fn/at.js'
export { type InputKernelOptions, inputKernel } from './fn/input-kernel.js'
export { type KernelFn, kernelFn, type TreeKernelFn } from './fn/kernel-fn.js'
export type { KernelMemory } from './fn/memory.js'
export type {
  KernelFnOptions,
  KernelName,
  KernelNames,
  KernelResult,
  KernelResultAt,
  KernelSinkOptions,
} from './fn/options.js'
export { hyperparameters, hyperparameterTensors, withHyperparameters } from './hyperparameters.js'
export {
  type Kernel,
  type KernelMap,
  mapCovariances,
  type Patterns,
  spatialRank,
  withChannels,
} from './kernel.js'
export { type KernelOfOptions, kernelOf } from './kernel-of.js'
export type { Num, Nums } from './numbers.js'
export type {
  Masks,
  NtkPart,
  PlaceName,
  Places,
  Sides,
  Source,
  Treatment,
  Treatments,
} from './places.js'
export { withRates } from './rates.js'
export {
  requireFullSpatial,
  requireGaussian,
  requirePlaces,
  type SpatialRequirement,
} from './requirements.js'
export { activationKernel, type DualActivation } from './steps/activation.js'
export { evaluatePlainly, layoutBefore, spatialOf } from './steps/chain.js'
export { dotGeneralMask, dotGeneralShape, dotGeneralValue } from './steps/dot-general.js'
export type { HyperparameterTree, StepHyperparameters } from './steps/hyperparameters.js'
export { type ResizeOptions, resizeImage, resizeMask } from './steps/image-resize.js'
export type { IndexEntry } from './steps/index-positions.js'
export { indexedShape, indexValue } from './steps/index-step.js'
export { type AxesLayout, fromStandard, layoutOf, standardOrder, toStandard } from './steps/layout.js'
export { numberNames } from './steps/names.js'
export { type AggregateParts, aggregateValue, type PatternForm } from './steps/pattern.js'
export { type PositionalCorrelation, positionalCorrelations, positionalRoot } from './steps/positional.js'
export type { ResizeMethod } from './steps/resize-weights.js'
export type { Chains, Flow, SpatialLayout, StepRule, Work } from './steps/rule.js'
export { pairDiagonal } from './steps/spread.js'
export type {
  ActivationStep,
  AffineStep,
  AggregateStep,
  AttentionStep,
  AxesOf,
  AxesStep,
  ConvStep,
  DotGeneralParts,
  DotGeneralStep,
  DropoutStep,
  FanInConcatStep,
  FanInProdStep,
  FanInSumStep,
  FanOutStep,
  FiniteOnlyStep,
  FlattenStep,
  GlobalPoolStep,
  ImageResizeStep,
  IndexStep,
  KernelNet,
  KernelStep,
  LayerNormStep,
  MapStep,
  NameStep,
  OneNet,
  ParallelStep,
  PoolStep,
  PositionalDecay,
  PositionalEmbedding,
  StepKind,
  StepOf,
  TreeNet,
  Weights,
} from './steps/step.js'
export { stepRules } from './steps/table.js'
export type { LayerDescription } from './steps/table-of-net.js'
export {
  borders,
  type PaddingName,
  requireRank,
  transposedPadding,
  transposedSizes,
  type Window,
  windowedSizes,
  windowMiddles,
} from './steps/window.js'
export type { Branches, Tree } from './tree.js'
