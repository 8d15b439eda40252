/**
 * The closed set of primitives, and of each one how many inputs it takes, its parameters and how many outputs it gives.
 * Whatever a backend or a transformation knows about primitives is a table over these names, so a forgotten entry does
 * not compile, and neither does a rule that takes or gives another number of values. Data are positional inputs;
 * parameters are plain JSON.
 */
import type { Arity, OutputTuples, Tuples } from './arity.js'
import type { DType } from './dtype.js'
import type { Shape } from './shape.js'

type None = Readonly<Record<string, never>>

/** What one primitive takes and gives: its number of inputs, its parameters, its number of outputs. */
interface Signature<I extends Arity, P extends object = None, O extends 1 | 2 = 1> {
  readonly inputs: I
  readonly params: P
  readonly outputs: O
}

type ParamsIn<S extends Readonly<Record<keyof S, Signature<Arity, object, 1 | 2>>>> = {
  readonly [P in keyof S]: S[P]['params']
}

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

interface ElementwiseSignatures
  extends Record<UnaryFloat | UnaryNumber, Signature<1>>,
    Record<BinaryNumber | BinaryFloat | Compare | Logical, Signature<2>> {
  /** bool to bool. */
  readonly not: Signature<1>
  /** Float to bool: neither infinite nor NaN. */
  readonly isFinite: Signature<1>
  /** (condition: bool, a, b): a where the condition holds, b elsewhere; broadcast. */
  readonly select: Signature<3>
  /** To another dtype; float to int32 truncates, to bool is `!= 0`. */
  readonly cast: Signature<1, { readonly dtype: DType }>
}

interface ReduceSignatures {
  /** Axes ascending, removed from the shape. Sums and products of numbers; extrema propagate NaN. */
  readonly reduceSum: Signature<1, { readonly axes: Shape }>
  readonly reduceProd: Signature<1, { readonly axes: Shape }>
  readonly reduceMax: Signature<1, { readonly axes: Shape }>
  readonly reduceMin: Signature<1, { readonly axes: Shape }>
  /** bool: all, any. */
  readonly reduceAnd: Signature<1, { readonly axes: Shape }>
  readonly reduceOr: Signature<1, { readonly axes: Shape }>
  /** First index of the extremum along one axis, int32; NaN counts as the extremum. */
  readonly argMax: Signature<1, { readonly axis: number }>
  readonly argMin: Signature<1, { readonly axis: number }>
  readonly cumSum: Signature<1, { readonly axis: number; readonly reverse: boolean }>
  /** Ascending and stable along one axis, NaN last. */
  readonly sort: Signature<1, { readonly axis: number }>
  /** The int32 permutation that sorts. */
  readonly argSort: Signature<1, { readonly axis: number }>
}

interface ShapeSignatures {
  readonly reshape: Signature<1, { readonly shape: Shape }>
  /** Output axis i is input axis perm[i]. */
  readonly transpose: Signature<1, { readonly perm: Shape }>
  /** Trailing-aligned, as the binary ops broadcast. */
  readonly broadcastTo: Signature<1, { readonly shape: Shape }>
  /** Python slices with positive strides, one an axis. */
  readonly slice: Signature<1, { readonly start: Shape; readonly limit: Shape; readonly strides: Shape }>
  /** Constant padding; `low` and `high` may be negative (cropping), `interior` puts gaps between elements. */
  readonly pad: Signature<
    1,
    {
      readonly low: Shape
      readonly high: Shape
      readonly interior: Shape
      readonly value: number
    }
  >
  readonly concatenate: Signature<'many', { readonly axis: number }>
  readonly reverse: Signature<1, { readonly axes: Shape }>
  /** No inputs: 0, 1, 2, ... along one axis. */
  readonly iota: Signature<0, { readonly dtype: DType; readonly shape: Shape; readonly axis: number }>
  /** No inputs: one number everywhere. */
  readonly full: Signature<0, { readonly dtype: DType; readonly shape: Shape; readonly value: number }>
  /**
   * (x, indices: int32): x [B..., P..., N, Q...] with `batchDims` leading axes B shared by both, `axis`
   * pointing at N; indices [B..., I...] gives [B..., P..., I..., Q...]. Indices must lie in [0, N).
   */
  readonly gather: Signature<2, { readonly axis: number; readonly batchDims: number }>
  /** (operand, indices, updates): operand plus the updates at the places `gather` would read; the adjoint of gather. */
  readonly scatterAdd: Signature<3, { readonly axis: number; readonly batchDims: number }>
}

/** One [low, high] pair a spatial axis; negative crops. */
export type Padding = readonly (readonly [number, number])[]

interface ContractSignatures {
  /** Output axes: batch axes, then the left's free axes, then the right's free axes, each in order. */
  readonly dotGeneral: Signature<
    2,
    {
      readonly lhsContract: Shape
      readonly rhsContract: Shape
      readonly lhsBatch: Shape
      readonly rhsBatch: Shape
    }
  >
  /**
   * Cross-correlation, channels last. lhs [n, spatial..., c], rhs [window..., c / featureGroups, out] gives
   * [n / batchGroups, spatial'..., out]. With `featureGroups` g, channels and outputs fall into g equal
   * blocks that do not mix. With `batchGroups` g, the batch and the outputs fall into g equal blocks: output
   * block i sees batch block i only. At most one of the two exceeds 1.
   */
  readonly convGeneralDilated: Signature<
    2,
    {
      readonly strides: Shape
      readonly padding: Padding
      readonly lhsDilation: Shape
      readonly rhsDilation: Shape
      readonly featureGroups: number
      readonly batchGroups: number
    }
  >
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

interface WindowSignatures {
  /** Sum over each window; padding and gaps count 0. */
  readonly windowSum: Signature<1, WindowParamsRecord>
  /** Maximum over each window; padding and gaps count -Infinity. NaN propagates. */
  readonly windowMax: Signature<1, WindowParamsRecord>
  /** (x, t): the element of t at the first maximum of x in each window (0 for an empty window); linear in t. */
  readonly windowGatherMax: Signature<2, WindowParamsRecord>
  /** (x, ct): the adjoint: each element of ct [windows] added at the first maximum of x in its window. */
  readonly windowScatterMax: Signature<2, WindowParamsRecord>
}

/** All take leading batch axes; float64 is computed in float64, float32 may be computed in float64 and rounded. */
interface LinalgSignatures {
  /** [..., n, n], reads the lower triangle, gives L with zeros above. Throws 'not-positive-definite' naming the pivot. */
  readonly cholesky: Signature<1>
  /** (a [..., n, n], b [..., n, m]): x with op(a) x = b, where op transposes if `transpose`. */
  readonly triangularSolve: Signature<
    2,
    {
      readonly lower: boolean
      readonly transpose: boolean
      readonly unitDiagonal: boolean
    }
  >
  /** (a [..., n, n], b [..., n, m]): x with a x = b by LU with partial pivoting. Throws 'singular'. */
  readonly solve: Signature<2>
  /** Symmetric [..., n, n], reads the lower triangle: [eigenvalues ascending [..., n], eigenvectors as columns [..., n, n]]. */
  readonly eigh: Signature<1, None, 2>
}

interface Signatures
  extends ElementwiseSignatures,
    ReduceSignatures,
    ShapeSignatures,
    ContractSignatures,
    WindowSignatures,
    LinalgSignatures {}

export type ElementwiseParams = ParamsIn<ElementwiseSignatures>
export type ReduceParams = ParamsIn<ReduceSignatures>
export type ShapeParams = ParamsIn<ShapeSignatures>
export type ContractParams = ParamsIn<ContractSignatures>
export type WindowParams = ParamsIn<WindowSignatures>
export type LinalgParams = ParamsIn<LinalgSignatures>
export type ParamsOf = ParamsIn<Signatures>

export type Primitive = keyof Signatures
export type Params<P extends Primitive> = Signatures[P]['params']

/** How many inputs a primitive takes. */
export type InputArity<P extends Primitive> = Signatures[P]['inputs']
/** How many outputs a primitive gives. */
export type OutputArity<P extends Primitive> = Signatures[P]['outputs']

/** One V for each input of a primitive: `[V, V]` of `add`, `readonly V[]` of `concatenate`. */
export type Inputs<P extends Primitive, V> = Tuples<V>[InputArity<P>]
/** One V for each output of a primitive: `[V]` but of `eigh`, which gives `[V, V]`. */
export type Outputs<P extends Primitive, V> = OutputTuples<V>[OutputArity<P>]

/** The primitives that take this number of inputs. */
export type Taking<N extends Arity> = { [P in Primitive]: InputArity<P> extends N ? P : never }[Primitive]
/** The primitives of one output. */
export type SingleOutput = { [P in Primitive]: OutputArity<P> extends 1 ? P : never }[Primitive]
