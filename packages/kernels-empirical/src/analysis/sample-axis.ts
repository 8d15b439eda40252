/**
 * Where the samples are. Outputs of a network depend on their own row of x only; which axis of an intermediate value
 * counts the rows, and whether rows mix, is seen from the program. A value that does not depend on x has no such axis.
 */
import {
  type Aval,
  binaryFloat,
  binaryNumber,
  compare,
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
  axes: readonly (number | null)[],
  inputs: readonly Aval[],
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
  for (const [i, axis] of axes.entries()) {
    if (axis === null) continue
    const here = (inputs[i] as Aval).shape.length - axis
    if (fromEnd !== null && fromEnd !== here) return null
    fromEnd = here
  }
  return fromEnd === null ? null : output.shape.length - fromEnd
}

const family = <P extends Primitive>(
  names: readonly P[],
  rule: AxisRule<Primitive>,
): { [Q in P]: AxisRule<Q> } =>
  Object.fromEntries(names.map((n) => [n, rule])) as unknown as { [Q in P]: AxisRule<Q> }

const reduced = (axes: readonly (number | null)[], gone: Shape): number | null => {
  const axis = axes[0] as number
  return gone.includes(axis) ? null : axis - gone.filter((g) => g < axis).length
}

const reduceOver: AxisRule<'reduceSum'> = (axes, _, { axes: gone }) => reduced(axes, gone)
const reduceOne: AxisRule<'argMax'> = (axes, _, { axis }) => reduced(axes, [axis])
const along: AxisRule<'sort'> = ([axis], _, p) => (axis === p.axis ? null : (axis as number))

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
const matrices: AxisRule<'solve'> = (axes, inputs) => {
  const axis = common(axes)
  return axis !== null && axis < (inputs[0] as Aval).shape.length - 2 && axes.every((a) => a !== null)
    ? axis
    : null
}

const indexed = (
  axes: readonly (number | null)[],
  inputs: readonly Aval[],
  { axis, batchDims }: { readonly axis: number; readonly batchDims: number },
  updates: boolean,
): number | null => {
  const [ofX, ofIndices] = axes as [number | null, number | null]
  const rankOfIndices = (inputs[1] as Aval).shape.length
  const indexRank = rankOfIndices - batchDims
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
  ...family(
    [...unaryFloat, ...unaryNumber, ...binaryNumber, ...binaryFloat, ...compare, ...logical],
    aligned,
  ),
  ...family(['not', 'isFinite', 'select', 'cast', 'broadcastTo'], aligned),
  ...family(
    ['reduceSum', 'reduceProd', 'reduceMax', 'reduceMin', 'reduceAnd', 'reduceOr'],
    reduceOver as AxisRule<Primitive>,
  ),
  ...family(['argMax', 'argMin'], reduceOne as AxisRule<Primitive>),
  ...family(['cumSum', 'sort', 'argSort'], along as AxisRule<Primitive>),
  ...family(
    ['windowSum', 'windowMax', 'windowGatherMax', 'windowScatterMax'],
    windowed as AxisRule<Primitive>,
  ),
  ...family(['cholesky', 'triangularSolve', 'solve', 'eigh'], matrices as AxisRule<Primitive>),
  reshape: ([axis], [x], { shape }) => {
    const from = (x as Aval).shape
    const before = sizeOf(from.slice(0, axis as number))
    const found = shape.findIndex(
      (d, i) => d === from[axis as number] && sizeOf(shape.slice(0, i)) === before,
    )
    return found < 0 ? null : found
  },
  transpose: ([axis], _, { perm }) => perm.indexOf(axis as number),
  slice: ([axis], [x], { start, limit, strides }) => {
    const a = axis as number
    return start[a] === 0 && limit[a] === (x as Aval).shape[a] && strides[a] === 1 ? a : null
  },
  pad: ([axis], _, { low, high, interior }) => {
    const a = axis as number
    return low[a] === 0 && high[a] === 0 && interior[a] === 0 ? a : null
  },
  concatenate: (axes, _, { axis }) => {
    const shared = common(axes)
    return shared === axis ? null : shared
  },
  reverse: ([axis], _, { axes }) => (axes.includes(axis as number) ? null : (axis as number)),
  iota: () => null,
  full: () => null,
  gather: (axes, inputs, params) => indexed(axes, inputs, params, false),
  scatterAdd: (axes, inputs, params) => indexed(axes, inputs, params, true),
  dotGeneral: ([left, right], inputs, p) => {
    const [a, b] = inputs as [Aval, Aval]
    const batch = left === null || left === undefined ? -1 : p.lhsBatch.indexOf(left)
    if (typeof left === 'number' && typeof right === 'number')
      return batch >= 0 && p.rhsBatch[batch] === right ? batch : null
    const free = (rank: number, used: Shape): number[] =>
      Array.from({ length: rank }, (_, i) => i).filter((i) => !used.includes(i))
    if (typeof left === 'number') {
      const at = free(a.shape.length, [...p.lhsBatch, ...p.lhsContract]).indexOf(left)
      return at < 0 ? null : p.lhsBatch.length + at
    }
    const rightFree = free(b.shape.length, [...p.rhsBatch, ...p.rhsContract]).indexOf(right as number)
    const leftFree = a.shape.length - p.lhsBatch.length - p.lhsContract.length
    return rightFree < 0 ? null : p.lhsBatch.length + leftFree + rightFree
  },
  convGeneralDilated: ([lhs, rhs], _, p) => (lhs === 0 && rhs === null && p.batchGroups === 1 ? 0 : null),
}

/**
 * The sample axis of the outputs of one primitive, or null where it mixes samples. At least one of `axes` is not null;
 * `samples` is the size of the axis.
 */
export function outputSampleAxis<P extends Primitive>(
  primitive: P,
  axes: readonly (number | null)[],
  inputs: readonly Aval[],
  params: Params<P>,
  output: Aval,
  samples: number,
): number | null {
  const axis = (table[primitive] as AxisRule<P>)(axes, inputs, params, output)
  return axis !== null && output.shape[axis] === samples ? axis : null
}
