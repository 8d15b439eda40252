import {
  arange,
  cast,
  dotGeneral,
  equal,
  expandDims,
  mul,
  NtkError,
  normalizeAxes,
  normalizeAxis,
  reshape,
  type Shape,
  sameShape,
  showShape,
  slice,
  Tensor,
  transpose,
  type Value,
} from '@ntk/tensor'
import { requireList, requireValue, requireWord } from '@ntk/tensor/options'

/** How the edges of a graph are written down. */
export type PatternForm = 'DENSE' | 'SPARSE'

/** What an `Aggregate` layer sums over. */
export interface AggregateParts {
  /** The axes of the nodes, all positions unless given. Patterns have them in this order. */
  readonly aggregateAxis: readonly number[] | null
  readonly implementation: PatternForm
}

/**
 * The axes of nodes in a shape with samples at `batchAxis` and channels at `channelAxis`. Throws NtkError 'axis' on one that does not exist,
 * stands twice, or has samples or channels.
 */
export function nodeAxes(
  { aggregateAxis }: AggregateParts,
  rank: number,
  batchAxis: number,
  channelAxis: number,
): readonly number[] {
  const all = Array.from({ length: rank }, (_, i) => i)
  const isSpace = (axis: number): boolean => axis !== batchAxis && axis !== channelAxis
  if (aggregateAxis === null) return all.filter(isSpace)
  // Each once; in the order given, which is that of the pattern's.
  normalizeAxes('Aggregate', aggregateAxis, rank)
  const axes = aggregateAxis.map((axis) => normalizeAxis('Aggregate', axis, rank))
  if (axes.every(isSpace)) return axes
  throw new NtkError('axis', {
    what: 'Aggregate sums over positions.',
    got: `aggregateAxis ${showShape(aggregateAxis)} of inputs with samples on axis ${batchAxis} and channels on axis ${channelAxis}`,
  })
}

function unfit(what: string, pattern: Value): NtkError {
  return new NtkError('shape', { what, got: showShape(pattern.shape) })
}

/** Weights of the edges from i to j, [n, i..., j...], of a pattern for n samples with nodes of these sizes. Throws NtkError 'shape', 'index'. */
export function adjacency(pattern: Value, form: PatternForm, n: number, sizes: Shape, like: Value): Value {
  if (form === 'DENSE') {
    if (sameShape(pattern.shape, [n, ...sizes, ...sizes])) return cast(pattern, like.dtype)
    throw unfit(
      `Aggregate needs a pattern of the weights of edges, ${showShape([n, ...sizes, ...sizes])}: samples, where from, where to.`,
      pattern,
    )
  }
  const k = sizes.length
  const [samples, edges] = pattern.shape as [number, number]
  const isShort = k === 1 && pattern.shape.length === 3
  if (
    samples !== n ||
    pattern.shape.at(-1) !== 2 ||
    (!isShort && (pattern.shape.length !== 4 || pattern.shape[2] !== k))
  ) {
    throw unfit(
      `Aggregate needs a pattern of edges, ${showShape([n, -1, k, 2])} with as many as there are for -1${k === 1 ? `, or ${showShape([n, -1, 2])}` : ''}.`,
      pattern,
    )
  }
  const ends = cast(reshape(pattern, [n, edges, k, 2]), 'int32')
  checkEdges(ends, sizes)
  const nodes = sizes.reduce((a, b) => a * b, 1)
  // One-hot of every node that an edge begins or ends at: [n, edges, nodes]; no node for a negative number.
  const hot = (end: 0 | 1): Value =>
    sizes.reduce((all: Value | null, size, axis) => {
      const index = slice(ends, null, null, axis, end)
      const one: Value = cast(equal<Value>(expandDims(index, -1), arange(size)), like.dtype)
      if (all === null) return one
      const width = all.shape[2] as number
      return reshape(mul(expandDims(all, 3), expandDims(one, 2)), [n, edges, width * size])
    }, null) as Value
  const product = dotGeneral(hot(0), hot(1), {
    lhsContract: [1],
    rhsContract: [1],
    lhsBatch: [0],
    rhsBatch: [0],
  })
  return nodes === 0 ? product : reshape(product, [n, ...sizes, ...sizes])
}

/** Throws NtkError 'index' on an edge to a node that is not there; an edge with a negative number, in any place, is none. */
function checkEdges(ends: Value, sizes: Shape): void {
  const numbers = Tensor.isInstance(ends) ? ends.backend.readSync(ends) : null
  if (numbers === null) return
  numbers.forEach((node, at) => {
    const size = sizes[Math.floor(at / 2) % sizes.length] as number
    if (Number(node) < size) return
    throw new NtkError('index', {
      what: `Edges of a pattern are between nodes 0 to ${size - 1}, or negative for none.`,
      got: String(node),
    })
  })
}

/** Σ_i A[n, i..., j...] x[..., n, ..., i..., ...]: `axes` of x, in the order of the pattern, replaced by where edges lead to. */
export function aggregateAlong(x: Value, weights: Value, batch: number, axes: readonly number[]): Value {
  const k = axes.length
  const out = dotGeneral(x, weights, {
    lhsContract: axes,
    rhsContract: Array.from({ length: k }, (_, i) => 1 + i),
    lhsBatch: [batch],
    rhsBatch: [0],
  })
  const free = x.shape.map((_, i) => i).filter((axis) => axis !== batch && !axes.includes(axis))
  const order = [batch, ...free, ...axes]
  return transpose(
    out,
    x.shape.map((_, axis) => order.indexOf(axis)),
  )
}

/** Each node's values summed over the edges that lead to it; x as it is where there is no pattern. */
export function aggregateValue<V extends Value>(
  x: V,
  pattern: Value | null | undefined,
  options: AggregateParts & { readonly batchAxis?: number; readonly channelAxis?: number },
): V {
  requireValue(x, 'x of aggregateValue')
  requireWord(options?.implementation, ['DENSE', 'SPARSE'], 'implementation of aggregateValue')
  if (options.aggregateAxis !== null) requireList(options.aggregateAxis, 'aggregateAxis of aggregateValue')
  if (pattern === null || pattern === undefined) return x
  requireValue(pattern, 'pattern of aggregateValue')
  const rank = x.shape.length
  const batch = normalizeAxis('Aggregate', options.batchAxis ?? 0, rank)
  const channel = normalizeAxis('Aggregate', options.channelAxis ?? -1, rank)
  const axes = nodeAxes(options, rank, batch, channel)
  const sizes = axes.map((axis) => x.shape[axis] as number)
  const weights = adjacency(pattern, options.implementation, x.shape[batch] as number, sizes, x)
  return aggregateAlong(x, weights, batch, axes) as V
}
