/**
 * The closed set of composites: of each one its parameters, its inputs and its outputs. A composite is a function with a
 * decomposition into ops that a backend may run fused. Whoever decomposes one and whoever fuses it reads the same
 * contract here, so that an unknown name, a wrong parameter or a wrong number of values does not compile.
 */

import type { SeriesTable } from './series.js'

/** φ(x) = a min(x, 0) + b max(x, 0): Relu is (0, 1), LeakyRelu (alpha, 1), Abs (-1, 1). */
export interface AbReluParams {
  readonly a: number
  readonly b: number
}

/** φ(x) = a erf(b x) + c. */
export interface ErfParams {
  readonly a: number
  readonly b: number
  readonly c: number
}

/** A function by its series, and what it is where that does not reach. */
export interface SeriesParams {
  readonly table: SeriesTable
  /** The activation of @ntk/kernels-analytic, by which the step is decomposed: its name and its options. */
  readonly of: { readonly name: string; readonly options: Readonly<Record<string, unknown>> }
}

/**
 * A run of layers whose kernel is a function of the correlation alone, as polynomials of degree 8 in y = √(1 − |c|), c = q/√(q11 q22):
 * √(q11 q22) `gain` times κ and τ, where κ = 1 at c = 1.
 */
export interface ProfileParams {
  /** What a variance is multiplied by. */
  readonly gain: number
  /** Equal panels of y in [0, 1], for c ≥ 0 and again for c < 0. */
  readonly panels: number
  /** [2, panels, 9, 2]: by panel, from the highest power of x in [−1, 1] down, the coefficients of κ and τ. */
  readonly table: Float64Array
}

/**
 * One step of a fully connected kernel as plain data, so that a backend can run a whole network over a block of pairs
 * while it stands in the cache:
 * - `affine`: K' = wVar K + bVar, Θ' = K' + wVar Θ (a dense layer in the ntk parameterization);
 * - `abRelu`: φ(x) = a min(x, 0) + b max(x, 0);
 * - `erf`: φ(x) = a erf(b x) + c;
 * - `profile`: all layers at once, with Θ from 0 on, whatever it was.
 * - `series`: φ by its series, for variances that its table reaches.
 */
export type DualStep =
  | { readonly kind: 'affine'; readonly wVar: number; readonly bVar: number }
  | ({ readonly kind: 'abRelu' } & AbReluParams)
  | ({ readonly kind: 'erf' } & ErfParams)
  | ({ readonly kind: 'profile' } & ProfileParams)
  | ({ readonly kind: 'series' } & SeriesParams)

/** A place in a run where K and Θ are given too. */
export interface Stop {
  readonly kind: 'stop'
}

export type StackStep = DualStep | Stop

export interface DualStackParams {
  readonly steps: readonly StackStep[]
  /** Whether Θ is wanted as well. */
  readonly ntk: boolean
}

/** Where a block of pairs belongs in the matrices of all pairs. */
export interface DualPlace {
  /** Which matrices there are, in the order of the inputs. */
  readonly names: readonly ('nngp' | 'ntk')[]
  /** Row and column of the block's first element. */
  readonly row: number
  readonly col: number
  /**
   * x1 with itself: of the block only what stands on and below the diagonal of the matrices counts, and it is written above
   * the diagonal as well. The matrices are square, and col <= row.
   */
  readonly symmetric: boolean
}

export interface DualStackIntoParams extends DualPlace {
  readonly steps: readonly DualStep[]
}

/** Elements of a product that are known better than the product gives them. */
export interface KnownProducts {
  /** Their places in the block, row · columns + column. */
  readonly at: Int32Array
  readonly values: Float64Array
}

export interface GramStackIntoParams extends DualStackIntoParams {
  readonly known: KnownProducts
}

export interface DualStackVarianceParams {
  readonly steps: readonly DualStep[]
}

/** What a window sees along one axis: sources[t][o] is the position of tap t where the output is o, -1 where that is beyond the border. */
export type AxisWindow = readonly (readonly number[])[]

/**
 * One step of a kernel in space:
 * - `window`: K' = w̄ Σ_t K[s_t(p), s_t(p')] + bVar over the taps t of a window, one axis after the other, and Θ' = K' + w̄ Σ_t Θ, with
 *   w̄ = wVar over the number of taps (a convolution in the ntk parameterization; without axes a dense layer); with `tangent`
 *   Θ' = w̄ Σ_t (Θ + gain K) + bias;
 * - `norm`: K' = K/(s s'), Θ' = Θ/(s s'), s² = ε + the variance, averaged over some axes (a layer norm of channels of mean 0); an s of
 *   0 counts as 1;
 * - `attention`: K' = G K Gᵀ, Θ' = G Θ Gᵀ over the positions of each side, with weights G = ζ(gain K(x, x)) a sample: ζ is a softmax of
 *   every row, nothing, the absolute value or what is above 0. With an `embedding` it is ζ(gain (share K(x, x) + R)), and with `inValues`
 *   share K + R and share Θ + R take the place of K and Θ;
 * - `pool`: K' = A K Aᵀ, Θ' = A Θ Aᵀ over the positions of each side, along each axis A[o] = factors[o] Σ_t [s_t(o)];
 * - `sum`: the sum of what branches make of the same K and Θ, which they share no weights in making; a branch without steps is K itself;
 * - activations as in `DualStep`, but no profiles.
 */
export type SpaceStep =
  | {
      readonly kind: 'window'
      /** One a spatial axis; none: every position by itself. */
      readonly axes: readonly AxisWindow[]
      readonly wVar: number
      readonly bVar: number
      /** Absent: those of the ntk parameterization, 1 and bVar. */
      readonly tangent?: { readonly gain: number; readonly bias: number } | undefined
    }
  | {
      readonly kind: 'norm'
      /** Spatial axes, from 0. */
      readonly axes: readonly number[]
      readonly epsilon: number
    }
  | AttentionInSpace
  | PoolInSpace
  | { readonly kind: 'sum'; readonly branches: readonly (readonly SpaceStep[])[] }
  | SpaceActivation

export interface AttentionInSpace {
  readonly kind: 'attention'
  readonly mechanism: 'SOFTMAX' | 'IDENTITY' | 'ABS' | 'RELU'
  readonly gain: number
  readonly embedding?: SpaceEmbedding | undefined
}

/** Embeddings of positions; R [positions, positions], row-major. */
export interface SpaceEmbedding {
  readonly share: number
  readonly correlations: Float64Array
  readonly inValues: boolean
}

export interface PoolInSpace {
  readonly kind: 'pool'
  /** One a spatial axis. */
  readonly axes: readonly AxisWindow[]
  /** As many, a number a place that comes out. */
  readonly factors: readonly (readonly number[])[]
}

/** An activation in space. */
export type SpaceActivation = Exclude<DualStep, { readonly kind: 'affine' | 'profile' }>

export interface SpaceParams {
  readonly steps: readonly SpaceStep[]
  /** Of equal positions and their mean, or of all pairs of positions and their mean or sum. */
  readonly end: 'meanOfEqual' | 'meanOfAll' | 'sumOfAll'
  readonly ntk: boolean
  /**
   * One of the parts that add up to the whole, to the bit if they are added in their order: `of` is what `spaceParts` says, and which pairs of positions are in
   * a part is the backend's own (what has no parts may give all in the first, and zeros).
   */
  readonly part?: SpacePart | undefined
}

export interface SpacePart {
  readonly index: number
  readonly of: number
}

export interface SpaceKernelParams extends SpaceParams {
  /** x2 is x1: one triangle is computed. */
  readonly symmetric: boolean
}

export interface LinearCombinationParams {
  /** One number a value. */
  readonly weights: readonly number[]
}

/** A place that a value takes: a Tensor, a tracer, a shape, a buffer. */
type Place = 'value'

/** `Inputs` and `Outputs` are tuples of places; one that may be absent is the rest of the tuple. */
interface Contract<Params extends object, Inputs extends readonly Place[], Outputs extends readonly Place[]> {
  readonly params: Params
  readonly inputs: Inputs
  readonly outputs: Outputs
}

/**
 * Covariances q, q11, q22 of pairs of Gaussian pre-activations (shapes broadcast) and, where wanted, Θ of q's shape, to
 * T = E[φ(u) φ(v)] and, with Θ, Θ·Ṫ = Θ E[φ'(u) φ'(v)].
 */
type DualContract<Params extends object> = Contract<
  Params,
  readonly [q: Place, q11: Place, q22: Place, ...ntk: Place[]],
  readonly [t: Place, ...ntk: Place[]]
>

export interface Composites {
  /** Dual of φ(x) = a min(x, 0) + b max(x, 0). */
  readonly dualAbRelu: DualContract<AbReluParams>
  /** Dual of φ(x) = a erf(b x) + c. */
  readonly dualErf: DualContract<ErfParams>
  /** Dual of a function by its series. */
  readonly dualSeries: DualContract<SeriesParams>
  /**
   * A run of steps over a block of pairs. Inputs: K [n1, n2], the variances [n1] and [n2] of the inputs, and Θ, 0 unless
   * given. Outputs: K, and Θ where `ntk` is set, and behind them the same of every stop, in their order.
   */
  readonly dualStack: Contract<
    DualStackParams,
    readonly [nngp: Place, variance1: Place, variance2: Place, ...ntk: Place[]],
    readonly [nngp: Place, ...ntk: Place[]]
  >
  /**
   * As `dualStack`, with the block in its place of larger matrices [N1, N2], which are inputs and, with the block written,
   * the outputs. A backend fuses it only where the matrices are given away (`Donation`), and then it writes into them.
   */
  readonly dualStackInto: Contract<
    DualStackIntoParams,
    readonly [nngp: Place, variance1: Place, variance2: Place, matrix: Place, ...other: Place[]],
    readonly [matrix: Place, ...other: Place[]]
  >
  /**
   * As `dualStackInto`, with K the products x1 x2ᵀ of samples x1 [n1, features] and x2 [n2, features] but for those that are known
   * better. Where x1 and x2 are one and `symmetric` is set, only the products that count are formed.
   */
  readonly gramStackInto: Contract<
    GramStackIntoParams,
    readonly [x1: Place, x2: Place, variance1: Place, variance2: Place, matrix: Place, ...other: Place[]],
    readonly [matrix: Place, ...other: Place[]]
  >
  /** Variances (any shape) after the steps: the numbers that `dualStack` gives for equal inputs. */
  readonly dualStackVariance: Contract<
    DualStackVarianceParams,
    readonly [variance: Place],
    readonly [variance: Place]
  >
  /**
   * K, and Θ where `ntk` is set, [n1, n2], of images x1 [n1, space..., channels] and x2 likewise: x·x' over the channels, through the
   * steps, to the end. Steps begin with a window, and what is Gaussian stands before every activation: a window, a norm of it, a sum of such.
   */
  readonly spaceKernel: Contract<
    SpaceKernelParams,
    readonly [x1: Place, x2: Place],
    readonly [nngp: Place, ...ntk: Place[]]
  >
  /** K [n] of each image with itself: the numbers that `spaceKernel` gives a pair of equal images. */
  readonly spaceVariance: Contract<Omit<SpaceParams, 'ntk'>, readonly [x: Place], readonly [variance: Place]>
  /** Σ weights_i · values_i, of values of one shape and dtype. */
  readonly linearCombination: Contract<
    LinearCombinationParams,
    readonly [first: Place, ...rest: Place[]],
    readonly [sum: Place]
  >
  /** 1 where a > b, 1/2 where a = b, else 0, in the dtype of a and b, whose shapes broadcast. */
  readonly shareOfLarger: Contract<
    Readonly<Record<string, never>>,
    readonly [a: Place, b: Place],
    readonly [share: Place]
  >
}

export type CompositeName = keyof Composites
export type CompositeParams<N extends CompositeName> = Composites[N]['params']

/** A tuple with V in every place. */
type Filled<T extends readonly Place[], V> = { readonly [K in keyof T]: V }

/** The inputs of a composite as values, tensors, shapes or whatever V is. */
export type CompositeInputs<N extends CompositeName, V> = Filled<Composites[N]['inputs'], V>
export type CompositeOutputs<N extends CompositeName, V> = Filled<Composites[N]['outputs'], V>
