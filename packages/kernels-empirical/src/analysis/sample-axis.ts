/**
 * Where the samples are. Outputs of a network depend on their own row of x only; which axis of an intermediate value
 * counts the rows, and whether rows mix, is seen from the program. A value that does not depend on x has no such axis.
 */
import type { SomeInputs } from '@ntk/autodiff'
import {
  type Aval,
  binaryFloat,
  binaryNumber,
  compare,
  each,
  type Inputs,
  logical,
  type Params,
  type Primitive,
  type Shape,
  sizeOf,
  unaryFloat,
  unaryNumber,
  type WindowParamsRecord,
} from '@ntk/tensor'

/** The sample axis of the outputs (alike for all of them), or null where samples mix. `axes` are those of the inputs. */
type AxisRule<P extends Primitive> = (
  axes: SomeInputs<P, number>,
  inputs: Inputs<P, Aval>,
  params: Params<P>,
  output: Aval,
) => number | null

type AxisTable = { readonly [P in Primitive]: AxisRule<P> }

/** Trailing-aligned broadcasting: the axis is at one distance from the end in all inputs that have it. */
const aligned = (
  axes: readonly (number | null)[],
  inputs: readonly Aval[],
  _: unknown,
  output: Aval,
): number | null => {
  let fromEnd: number | null = null
  for (const [i, { shape }] of inputs.entries()) {
    const axis = axes[i] ?? null
    if (axis === null) continue
    const here = shape.length - axis
    if (fromEnd !== null && fromEnd !== here) return null
    fromEnd = here
  }
  return fromEnd === null ? null : output.shape.length - fromEnd
}

const reduced = (axis: number, gone: Shape): number | null =>
  gone.includes(axis) ? null : axis - gone.filter((g) => g < axis).length

const reduceOver = ([axis]: readonly [number], _: unknown, p: { readonly axes: Shape }): number | null =>
  reduced(axis, p.axes)
const reduceOne = ([axis]: readonly [number], _: unknown, p: { readonly axis: number }): number | null =>
  reduced(axis, [p.axis])
const along = ([axis]: readonly [number], _: unknown, p: { readonly axis: number }): number | null =>
  axis === p.axis ? null : axis

/** All inputs that have the axis have the same one. */
const common = (axes: readonly (number | null)[]): number | null => {
  const present = axes.filter((a) => a !== null)
  return present.every((a) => a === present[0]) ? (present[0] ?? null) : null
}

const windowed = (axes: readonly (number | null)[], _: unknown, p: WindowParamsRecord): number | null => {
  const axis = common(axes)
  if (axis === null) return null
  const [low, high] = p.padding[axis] as readonly [number, number]
  const alone =
    p.window[axis] === 1 && p.strides[axis] === 1 && low === 0 && high === 0 && p.baseDilation[axis] === 1
  return alone ? axis : null
}

/** A batch axis of matrices [..., n, n] and [..., n, m]. */
const matrices = (axes: readonly (number | null)[], [a]: readonly [Aval, ...Aval[]]): number | null => {
  const axis = common(axes)
  return axis !== null && axis < a.shape.length - 2 && axes.every((of) => of !== null) ? axis : null
}

const indexed = (
  axes: SomeInputs<'gather' | 'scatterAdd', number>,
  [, indices]: Inputs<'gather' | 'scatterAdd', Aval>,
  { axis, batchDims }: { readonly axis: number; readonly batchDims: number },
  updates: boolean,
): number | null => {
  const [ofX, ofIndices] = axes
  const indexRank = indices.shape.length - batchDims
  // Shared batch axes come first in all operands.
  if (common(axes) !== null && (common(axes) as number) < batchDims && ofX !== null && ofIndices !== null)
    return common(axes)
  if (updates) return null
  // Rows of indices into one table: axes B, P, I, Q of the output.
  if (ofX === null && ofIndices !== null && ofIndices >= batchDims) return axis + ofIndices - batchDims
  // One list of indices for all rows.
  if (ofIndices === null && ofX !== null && ofX !== axis && ofX >= batchDims)
    return ofX < axis ? ofX : ofX - 1 + indexRank
  return null
}

const table: AxisTable = {
  ...each([...unaryFloat, ...unaryNumber, ...binaryNumber, ...binaryFloat, ...compare, ...logical], aligned),
  ...each(['not', 'isFinite', 'select', 'cast', 'broadcastTo'], aligned),
  ...each(['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin', 'reduceAnd', 'reduceOr'], reduceOver),
  ...each(['argMax', 'argMin'], reduceOne),
  ...each(['cumSum', 'sort', 'argSort'], along),
  ...each(['windowSum', 'windowMax', 'windowGatherMax', 'windowScatterMax'], windowed),
  ...each(['cholesky', 'triangularSolve', 'solve', 'eigh'], matrices),
  reshape: ([axis], [x], { shape }) => {
    const before = sizeOf(x.shape.slice(0, axis))
    const found = shape.findIndex((d, i) => d === x.shape[axis] && sizeOf(shape.slice(0, i)) === before)
    return found < 0 ? null : found
  },
  transpose: ([axis], _, { perm }) => perm.indexOf(axis),
  slice: ([a], [x], { start, limit, strides }) =>
    start[a] === 0 && limit[a] === x.shape[a] && strides[a] === 1 ? a : null,
  pad: ([a], _, { low, high, interior }) => (low[a] === 0 && high[a] === 0 && interior[a] === 0 ? a : null),
  concatenate: (axes, _, { axis }) => {
    const shared = common(axes)
    return shared === axis ? null : shared
  },
  reverse: ([axis], _, { axes }) => (axes.includes(axis) ? null : axis),
  iota: () => null,
  full: () => null,
  gather: (axes, inputs, params) => indexed(axes, inputs, params, false),
  scatterAdd: (axes, inputs, params) => indexed(axes, inputs, params, true),
  dotGeneral: ([left, right], [a, b], p) => {
    const free = (rank: number, used: Shape): number[] =>
      Array.from({ length: rank }, (_, i) => i).filter((i) => !used.includes(i))
    if (left === null) {
      const rightFree = free(b.shape.length, [...p.rhsBatch, ...p.rhsContract]).indexOf(right)
      const leftFree = a.shape.length - p.lhsBatch.length - p.lhsContract.length
      return rightFree < 0 ? null : p.lhsBatch.length + leftFree + rightFree
    }
    if (right === null) {
      const at = free(a.shape.length, [...p.lhsBatch, ...p.lhsContract]).indexOf(left)
      return at < 0 ? null : p.lhsBatch.length + at
    }
    const batch = p.lhsBatch.indexOf(left)
    return batch >= 0 && p.rhsBatch[batch] === right ? batch : null
  },
  convGeneralDilated: ([lhs, rhs], _, p) => (lhs === 0 && rhs === null && p.batchGroups === 1 ? 0 : null),
}

/**
 * The sample axis of the outputs of one primitive, or null where it mixes samples. At least one of `axes` is not null;
 * `samples` is the size of the axis.
 */
export function outputSampleAxis<P extends Primitive>(
  primitive: P,
  axes: SomeInputs<P, number>,
  inputs: Inputs<P, Aval>,
  params: Params<P>,
  output: Aval,
  samples: number,
): number | null {
  const axis = table[primitive](axes, inputs, params, output)
  return axis !== null && output.shape[axis] === samples ? axis : null
}
