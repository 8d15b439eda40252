/**
 * The closed set of primitives and the type of each one's parameters. Whatever a backend or a
 * transformation knows about primitives is a table over these names, so a forgotten entry does not
 * compile. Data are positional inputs; parameters are plain JSON.
 */
import type { DType } from './dtype.js'
import type { Shape } from './shape.js'

type None = Readonly<Record<string, never>>

/** Float to float, one element at a time. */
export const unaryFloat = [
  'sqrt',
  'rsqrt',
  'exp',
  'expm1',
  'log',
  'log1p',
  'sin',
  'cos',
  'tan',
  'asin',
  'acos',
  'atan',
  'sinh',
  'cosh',
  'tanh',
  'asinh',
  'acosh',
  'atanh',
  'erf',
  'erfc',
  'erfInv',
  'logistic',
  'floor',
  'ceil',
  'round',
] as const
/** Any number (not bool) to the same dtype. */
export const unaryNumber = ['neg', 'abs', 'sign'] as const
/** Two operands of one numeric dtype, broadcast. `rem` takes the sign of the dividend; `div` truncates on int32. */
export const binaryNumber = ['add', 'sub', 'mul', 'div', 'rem', 'max', 'min'] as const
/** Two float operands, broadcast. */
export const binaryFloat = ['pow', 'atan2'] as const
/** Two operands of one dtype to bool, broadcast. */
export const compare = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'] as const
/** bool (logical) operands, broadcast. */
export const logical = ['and', 'or', 'xor'] as const

export type UnaryFloat = (typeof unaryFloat)[number]
export type UnaryNumber = (typeof unaryNumber)[number]
export type BinaryNumber = (typeof binaryNumber)[number]
export type BinaryFloat = (typeof binaryFloat)[number]
export type Compare = (typeof compare)[number]
export type Logical = (typeof logical)[number]

export interface ElementwiseParams
  extends Record<UnaryFloat | UnaryNumber | BinaryNumber | BinaryFloat | Compare | Logical, None> {
  /** bool to bool. */
  readonly not: None
  /** Float to bool: neither infinite nor NaN. */
  readonly isFinite: None
  /** (condition: bool, a, b): a where the condition holds, b elsewhere; broadcast. */
  readonly select: None
  /** To another dtype; float to int32 truncates, to bool is `!= 0`. */
  readonly cast: { readonly dtype: DType }
}

export interface ReduceParams {
  /** Axes ascending, removed from the shape. Sums and products of numbers; extrema propagate NaN. */
  readonly reduceSum: { readonly axes: Shape }
  readonly reduceProd: { readonly axes: Shape }
  readonly reduceMax: { readonly axes: Shape }
  readonly reduceMin: { readonly axes: Shape }
  /** bool: all, any. */
  readonly reduceAnd: { readonly axes: Shape }
  readonly reduceOr: { readonly axes: Shape }
  /** First index of the extremum along one axis, int32; NaN counts as the extremum. */
  readonly argMax: { readonly axis: number }
  readonly argMin: { readonly axis: number }
  readonly cumSum: { readonly axis: number; readonly reverse: boolean }
  /** Ascending and stable along one axis, NaN last. */
  readonly sort: { readonly axis: number }
  /** The int32 permutation that sorts. */
  readonly argSort: { readonly axis: number }
}

export interface ShapeParams {
  readonly reshape: { readonly shape: Shape }
  /** Output axis i is input axis perm[i]. */
  readonly transpose: { readonly perm: Shape }
  /** Trailing-aligned, as the binary ops broadcast. */
  readonly broadcastTo: { readonly shape: Shape }
  /** Python slices with positive strides, one an axis. */
  readonly slice: { readonly start: Shape; readonly limit: Shape; readonly strides: Shape }
  /** Constant padding; `low` and `high` may be negative (cropping), `interior` puts gaps between elements. */
  readonly pad: {
    readonly low: Shape
    readonly high: Shape
    readonly interior: Shape
    readonly value: number
  }
  readonly concatenate: { readonly axis: number }
  readonly reverse: { readonly axes: Shape }
  /** No inputs: 0, 1, 2, ... along one axis. */
  readonly iota: { readonly dtype: DType; readonly shape: Shape; readonly axis: number }
  /** No inputs: one number everywhere. */
  readonly full: { readonly dtype: DType; readonly shape: Shape; readonly value: number }
  /**
   * (x, indices: int32): x [B..., P..., N, Q...] with `batchDims` leading axes B shared by both, `axis`
   * pointing at N; indices [B..., I...] gives [B..., P..., I..., Q...]. Indices must lie in [0, N).
   */
  readonly gather: { readonly axis: number; readonly batchDims: number }
  /** (operand, indices, updates): operand plus the updates at the places `gather` would read; the adjoint of gather. */
  readonly scatterAdd: { readonly axis: number; readonly batchDims: number }
}

/** One [low, high] pair a spatial axis; negative crops. */
export type Padding = readonly (readonly [number, number])[]

export interface ContractParams {
  /** Output axes: batch axes, then the left's free axes, then the right's free axes, each in order. */
  readonly dotGeneral: {
    readonly lhsContract: Shape
    readonly rhsContract: Shape
    readonly lhsBatch: Shape
    readonly rhsBatch: Shape
  }
  /**
   * Cross-correlation, channels last. lhs [n, spatial..., c], rhs [window..., c / featureGroups, out] gives
   * [n / batchGroups, spatial'..., out]. With `featureGroups` g, channels and outputs fall into g equal
   * blocks that do not mix. With `batchGroups` g, the batch and the outputs fall into g equal blocks: output
   * block i sees batch block i only. At most one of the two exceeds 1.
   */
  readonly convGeneralDilated: {
    readonly strides: Shape
    readonly padding: Padding
    readonly lhsDilation: Shape
    readonly rhsDilation: Shape
    readonly featureGroups: number
    readonly batchGroups: number
  }
}

/** Geometry of a window over every axis of the operand (1 where an axis is not windowed). */
export interface WindowParamsRecord {
  readonly window: Shape
  readonly strides: Shape
  readonly padding: Padding
  /** Gaps put between elements of the operand, and between taps of the window. */
  readonly baseDilation: Shape
  readonly windowDilation: Shape
}

export interface WindowParams {
  /** Sum over each window; padding and gaps count 0. */
  readonly windowSum: WindowParamsRecord
  /** Maximum over each window; padding and gaps count -Infinity. NaN propagates. */
  readonly windowMax: WindowParamsRecord
  /** (x, t): the element of t at the first maximum of x in each window (0 for an empty window); linear in t. */
  readonly windowGatherMax: WindowParamsRecord
  /** (x, ct): the adjoint: each element of ct [windows] added at the first maximum of x in its window. */
  readonly windowScatterMax: WindowParamsRecord
}

/** All take leading batch axes; float64 is computed in float64, float32 may be computed in float64 and rounded. */
export interface LinalgParams {
  /** [..., n, n], reads the lower triangle, gives L with zeros above. Throws 'not-positive-definite' naming the pivot. */
  readonly cholesky: None
  /** (a [..., n, n], b [..., n, m]): x with op(a) x = b, where op transposes if `transpose`. */
  readonly triangularSolve: {
    readonly lower: boolean
    readonly transpose: boolean
    readonly unitDiagonal: boolean
  }
  /** (a [..., n, n], b [..., n, m]): x with a x = b by LU with partial pivoting. Throws 'singular'. */
  readonly solve: None
  /** Symmetric [..., n, n], reads the lower triangle: [eigenvalues ascending [..., n], eigenvectors as columns [..., n, n]]. */
  readonly eigh: None
}

export interface ParamsOf
  extends ElementwiseParams,
    ReduceParams,
    ShapeParams,
    ContractParams,
    WindowParams,
    LinalgParams {}

export type Primitive = keyof ParamsOf
export type Params<P extends Primitive> = ParamsOf[P]
