import type { Kernel } from '../kernel.js'
import type { Treatments } from '../places.js'
import type { SpatialRequirement } from '../requirements.js'
import type { IndexEntry } from './index-positions.js'
import type { AggregateParts } from './pattern.js'
import type { ResizeMethod } from './resize-weights.js'
import type { Window } from './window.js'

/** What layers with weights have in common. */
export interface Weights {
  /** The layer's name, for messages. */
  readonly layer: string
  /** Channels of the finite network's output, all of them (s1·out in the standard parameterization). */
  readonly out: number
  /** Standard deviation of the weights. */
  readonly wStd: number
  /** Standard deviation of the biases; null: no bias. */
  readonly bStd: number | null
  readonly parameterization: 'ntk' | 'standard'
  /** The input's share s0 of the width scalings (s0, s1) of the standard parameterization: the width is s0·d. 1 unless given. */
  readonly inScale?: number
  /** The learning rate of the layer's weights and biases as a multiple of the network's; 1 unless given, 0: frozen. */
  readonly rate?: number
}

/** A dense layer. */
export interface AffineStep extends Weights {
  readonly kind: 'affine'
}

/** A convolution. */
export interface ConvStep extends Weights, Window {
  readonly kind: 'conv'
  /** One set of weights everywhere, one for each position, or one everywhere of the transposed map. */
  readonly weights: 'shared' | 'local' | 'transposed'
}

/** The sum or mean of each channel under a window. */
export interface PoolStep extends Window {
  readonly kind: 'pool'
  readonly layer: string
  /** What a sum is divided by: nothing, the window's size, or what of it lies inside. */
  readonly over: 'sum' | 'window' | 'inside'
}

/** The sum or mean of each channel over all positions. */
export interface GlobalPoolStep {
  readonly kind: 'globalPool'
  readonly layer: string
  readonly over: 'sum' | 'mean'
}

/** An elementwise nonlinearity: a record of `activations`, by name. */
export interface ActivationStep {
  readonly kind: 'activation'
  readonly name: string
  /** Its options, complete. */
  readonly options: { readonly [option: string]: unknown }
}

/** Positions into channels. */
export interface FlattenStep {
  readonly kind: 'flatten'
  /** The axis of samples that comes in, and that which goes out (of two); 0 unless given. */
  readonly batchAxis?: number
  readonly batchAxisOut?: number
}

/** Axes of the finite network's values that hold samples and channels; negative ones count from the end. */
export interface AxesOf {
  readonly batchAxis: number
  readonly channelAxis: number
}

/** Where values of some rank hold their samples and channels; all other axes are spatial. */
export interface AxesLayout {
  readonly rank: number
  readonly batch: number
  readonly channel: number
}

/** The bounds of a layer whose values are not [batch, spatial..., channels]: between two of these they are. */
export interface AxesStep {
  readonly kind: 'axes'
  readonly layer: string
  /** From axes of the layer's own to the standard ones, or back. */
  readonly to: 'standard' | 'own'
  /** The layer's own; null, on the way back: those that came in. */
  readonly axes: AxesOf | null
  /** Spatial axis i of what goes out is axis order[i] of what comes in; the same unless given. */
  readonly order?: readonly number[]
}

/** Numbers kept with probability `keep` and divided by it, else 0. */
export interface DropoutStep {
  readonly kind: 'dropout'
  readonly keep: number
}

/** The same values to several branches. */
export interface FanOutStep {
  readonly kind: 'fanOut'
  readonly n: number
}

/** Steps side by side, each branch on its own kernel. */
export interface ParallelStep {
  readonly kind: 'parallel'
  readonly branches: readonly (readonly KernelStep[])[]
}

/** The sum of all branches. */
export interface FanInSumStep {
  readonly kind: 'fanInSum'
}

/** Each sample standardized over channels, or channels and positions. */
export interface LayerNormStep {
  readonly kind: 'layerNorm'
  /** Axes of [batch, spatial..., channels] that are normalized together; negative ones count from the end. */
  readonly axis: readonly number[]
  /** Added to the variance. */
  readonly epsilon: number
}

/** Values of positions themselves, drawn at random and trained, that attention adds to its input or sets beside it. */
export interface PositionalEmbedding {
  readonly type: 'SUM' | 'CONCAT'
  /** Positions i, j have the correlation decay(d), d = Σ |i − j|^pNorm over spatial axes. */
  readonly pNorm: number
  readonly decay: PositionalDecay
  /** Channels of it beside those of the input ('CONCAT'); null: as many. */
  readonly channels: number | null
  /** Its standard deviation. */
  readonly std: number
  /** Whether the values see it too, or queries and keys alone. */
  readonly inValues: boolean
}

/** Correlation of the embeddings of two positions at d; 'd=0': 1 of a position with itself, else 0. */
export type PositionalDecay = 'd=0' | 'exp(-d)' | '1/(1+d)' | '1/(1+d^2)'

/** Self-attention over all positions. */
export interface AttentionStep {
  readonly kind: 'attention'
  /** Channels of the finite network's output. */
  readonly out: number
  /** Scores divided by the channels of the keys, and keys that are the queries; else by their root, keys of their own and many heads. */
  readonly linearScaling: boolean
  /** What turns scores into weights. */
  readonly mechanism: 'SOFTMAX' | 'IDENTITY' | 'ABS' | 'RELU'
  readonly wKeyStd: number
  readonly wValueStd: number
  readonly wQueryStd: number
  readonly wOutStd: number
  /** null: no bias. */
  readonly bStd: number | null
  readonly embedding: PositionalEmbedding | null
}

/** The product of all branches, element by element. */
export interface FanInProdStep {
  readonly kind: 'fanInProd'
}

/** The branches joined along an axis. */
export interface FanInConcatStep {
  readonly kind: 'fanInConcat'
  readonly axis: number
}

/** Positions interpolated to other sizes, as jax.image.resize does. */
export interface ImageResizeStep {
  readonly kind: 'imageResize'
  /** Sizes after it, one an axis; -1: as it is. */
  readonly shape: readonly number[]
  readonly method: ResizeMethod
  /** Whether a kernel that reduces is stretched, so that every input counts. */
  readonly antialias: boolean
}

/** A product with fixed numbers, by the axes that are summed over and those that go together, as of jax.lax.dot_general. */
export interface DotGeneralParts {
  readonly operand: { readonly shape: readonly number[]; readonly values: readonly number[] }
  /** The side of the product on which the operand is. */
  readonly side: 'lhs' | 'rhs'
  /** Axes of x and, one for each, of the operand; negative ones count from the end. */
  readonly contract: readonly [x: readonly number[], operand: readonly number[]]
  readonly batch: readonly [x: readonly number[], operand: readonly number[]]
}

/** A fixed linear map of positions. Its axes are those of the layer's values; once axes are resolved, of [batch, spatial..., channels]. */
export interface DotGeneralStep extends DotGeneralParts {
  readonly kind: 'dotGeneral'
}

/** Positions (and samples) picked, as Python indexes. */
export interface IndexStep {
  readonly kind: 'index'
  /** `Index` or `Slice`, for messages. */
  readonly layer: string
  readonly idx: readonly IndexEntry[]
  /** The axis of the samples; 0 unless given. */
  readonly batchAxis?: number
}

/** The sum over the edges of each sample's graph that lead to each node. The graphs are `patterns` of the kernel. */
export interface AggregateStep extends AggregateParts {
  readonly kind: 'aggregate'
}

/** A layer that has no kernel at infinite width here: evaluating it is an error that names it. */
export interface FiniteOnlyStep {
  readonly kind: 'finiteOnly'
  readonly layer: string
}

/** The end of a layer that has a name. */
export interface NameStep {
  readonly kind: 'name'
  readonly name: string
  /** Which copy of each repeat around it, from 1 on, the outermost first. */
  readonly index?: readonly number[]
  /** Where the finite network has samples and channels here, where that is not first and last; `resolveAxes` writes it. */
  readonly layout?: AxesLayout
}

/** A user's own layer: any pure function of one kernel. It cannot be sent to a worker. */
export interface MapStep {
  readonly kind: 'map'
  readonly name: string
  readonly map: (kernel: Kernel) => Kernel
  /** 'same' unless given. */
  readonly spatial?: SpatialRequirement
  /** What it does with the optional places of a kernel; it consumes means and sources and refuses the others unless given. */
  readonly places?: Partial<Treatments>
}

/**
 * One step of a network's kernel, as plain data (but for `map`): it can be counted, printed, compiled and sent. The union is
 * closed: a rule of `stepRules` stands behind every kind.
 */
export type KernelStep =
  | AffineStep
  | ConvStep
  | PoolStep
  | GlobalPoolStep
  | ActivationStep
  | FlattenStep
  | DropoutStep
  | FanOutStep
  | ParallelStep
  | FanInSumStep
  | LayerNormStep
  | AttentionStep
  | AxesStep
  | FanInProdStep
  | FanInConcatStep
  | ImageResizeStep
  | IndexStep
  | DotGeneralStep
  | AggregateStep
  | FiniteOnlyStep
  | NameStep
  | MapStep

export type StepKind = KernelStep['kind']

export type StepOf<K extends StepKind> = Extract<KernelStep, { readonly kind: K }>

/** What has a kernel: a layer of @ntk/stax, or steps of one's own. */
export interface KernelNet {
  readonly kernel: readonly KernelStep[]
}

/** A network of one input and one value, as layers of @ntk/stax say it. */
export type OneNet = KernelNet & { readonly inputs: 'one'; readonly outputs: 'one' }

/** A network of any inputs and values: 'one', or 'many' (a list) or 'tree' (lists in it). */
export type TreeNet = KernelNet & { readonly inputs: string; readonly outputs: string }
