import type { Arity, Tuples } from '../arity.js'
import type { DType } from '../dtype.js'
import type { InputArity, Params, Primitive } from '../primitives.js'
import type { Shape } from '../shape.js'

/** What an operand holds. Lists are taken in turn and repeated. Integer dtypes get the integer counterpart. */
export type Fill =
  /** Numbers of both signs around 1 (integers from −9 to 9). */
  | 'normal'
  /** As `normal`, without signs and away from 0. */
  | 'positive'
  /** In (−0.95, 0.95). */
  | 'unit'
  /** Few distinct integers, so that many are equal. */
  | 'ties'
  /** ±0, ±Infinity, NaN, subnormal and huge numbers among ordinary ones (the ends of the range, for int32). */
  | 'special'
  /** Symmetric positive definite matrices of the last two axes, well conditioned. */
  | 'definite'
  /** Square matrices with a large diagonal. */
  | 'dominant'
  | readonly number[]

export interface Operand {
  readonly shape: Shape
  readonly fill: Fill
  /** Where the operand does not take the dtype of the case. */
  readonly dtype?: DType
}

/** One call of a primitive, run for each of its dtypes that a backend holds. */
export interface Case<N extends Arity, T extends object> {
  readonly inputs: Tuples<Operand>[N]
  readonly params: T
  /** dtypes of the operands that name none; those of the family where absent. */
  readonly dtypes?: readonly DType[]
  /** What is special about it, for its name. */
  readonly note?: string
}

/** How closely results must agree: not at all off; by the element; by the largest element; as a factorization. */
export type Closeness = 'exact' | 'element' | 'sum' | 'factor'

export interface Family<N extends Arity, T extends object> {
  readonly dtypes: readonly DType[]
  readonly closeness: Closeness
  readonly cases: readonly Case<N, T>[]
}

/** Every primitive has its cases: a new one without any does not compile. */
export type ContractTable<P extends Primitive> = {
  readonly [Q in P]: Family<InputArity<Q>, Params<Q>>
}

export const everything: readonly DType[] = ['float64', 'float32', 'int32', 'bool']

export const x = (shape: Shape, fill: Fill = 'normal', dtype?: DType): Operand =>
  dtype === undefined ? { shape, fill } : { shape, fill, dtype }

/** Shapes that break careless indexing: a scalar, nothing, single elements, odd lengths around vector widths, many axes. */
export const awkward: readonly Shape[] = [
  [],
  [0],
  [1],
  [3],
  [17],
  [2, 0, 3],
  [1, 5, 1],
  [4, 7],
  [2, 3, 4, 5],
  [2, 1, 2, 1, 2, 1, 3],
  [300],
]

/** Pairs that broadcast both ways, aligned at their last axes. */
export const broadcasting: readonly (readonly [Shape, Shape])[] = [
  [[4, 5], []],
  [[], [4, 5]],
  [[4, 5], [5]],
  [[5], [4, 5]],
  [
    [4, 5],
    [4, 1],
  ],
  [
    [300, 7],
    [300, 1],
  ],
  [
    [2, 1, 90, 1],
    [3, 90, 5],
  ],
  [
    [4, 1],
    [1, 5],
  ],
  [
    [3, 1, 5],
    [2, 1],
  ],
  [
    [2, 3, 4],
    [1, 3, 1],
  ],
  [
    [2, 1, 3, 1],
    [4, 1, 5],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[1], [0]],
  [
    [9, 70],
    [9, 1],
  ],
  [[9, 70], [70]],
  [
    [1, 1],
    [3, 1],
  ],
  [
    [40, 33],
    [1, 33],
  ],
]
