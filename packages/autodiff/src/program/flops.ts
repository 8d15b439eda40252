import {
  type Aval,
  binaryFloat,
  binaryNumber,
  compare,
  each,
  type Inputs,
  logical,
  type Outputs,
  type Params,
  type Primitive,
  type Shape,
  sizeOf,
  unaryFloat,
  unaryNumber,
} from '@ntk/tensor'

/** Floating-point operations of a primitive: a multiplication and an addition are two; a transcendental function is one. */
type Flops<P extends Primitive> = (
  inputs: Inputs<P, Aval>,
  outputs: Outputs<P, Aval>,
  params: Params<P>,
) => number
type FlopsTable = { readonly [P in Primitive]: Flops<P> }

const size = ({ shape }: Aval): number => sizeOf(shape)
const sizeAlong = ({ shape }: Aval, axes: Shape): number => axes.reduce((n, a) => n * (shape[a] as number), 1)

/** One an output element; one an input element; moving data is free. */
const perOutput = (_: readonly Aval[], [y]: readonly [Aval]): number => size(y)
const perInput = ([x]: readonly [Aval]): number => size(x)
const nothing = (): number => 0

/** One an element of each window. */
const perTap = (_: readonly Aval[], [y]: readonly [Aval], { window }: { readonly window: Shape }): number =>
  size(y) * sizeOf(window)

/** n log₂ n comparisons a line. */
const sorting = ([x]: readonly [Aval], _: readonly Aval[], { axis }: { readonly axis: number }): number =>
  size(x) * Math.ceil(Math.log2(Math.max(2, x.shape[axis] as number)))

/** Size of a stack of matrices and the length of their side. */
const square = (a: Aval): [matrices: number, n: number] => {
  const n = a.shape.at(-1) as number
  return [n === 0 ? 0 : size(a) / (n * n), n]
}

export const flops: FlopsTable = {
  ...each(
    [...unaryFloat, ...unaryNumber, ...binaryNumber, ...binaryFloat, ...compare, ...logical],
    perOutput,
  ),
  ...each(['not', 'isFinite', 'select'], perOutput),
  ...each(
    [
      'reduceSum',
      'reduceProd',
      'reduceMax',
      'reduceMin',
      'reduceAnd',
      'reduceOr',
      'argMax',
      'argMin',
      'cumSum',
    ],
    perInput,
  ),
  ...each(
    [
      'cast',
      'reshape',
      'transpose',
      'broadcastTo',
      'slice',
      'pad',
      'concatenate',
      'reverse',
      'iota',
      'full',
      'gather',
    ],
    nothing,
  ),
  sort: sorting,
  argSort: sorting,
  scatterAdd: ([, , updates]) => size(updates),
  // a multiplication and an addition an output element and contracted element
  dotGeneral: ([a], [y], { lhsContract }) => 2 * size(y) * sizeAlong(a, lhsContract),
  convGeneralDilated: ([, w], [y]) => (2 * size(y) * size(w)) / Math.max(1, w.shape.at(-1) as number),
  windowSum: perTap,
  windowMax: perTap,
  windowGatherMax: perTap,
  windowScatterMax: ([, ct], _, { window }) => size(ct) * sizeOf(window),
  // Golub and Van Loan, Matrix Computations, tables of chapters 3, 4 and 8
  cholesky: ([a]) => {
    const [m, n] = square(a)
    return (m * n ** 3) / 3
  },
  triangularSolve: ([a, b]) => size(b) * square(a)[1],
  solve: ([a, b]) => {
    const [m, n] = square(a)
    return (2 / 3) * m * n ** 3 + 2 * size(b) * n
  },
  eigh: ([a]) => {
    const [m, n] = square(a)
    return 9 * m * n ** 3
  },
}
