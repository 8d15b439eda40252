import { evalProgram, linearize, type Program, reassociate, trace, vjp, vmap } from '@ntk/autodiff'
import {
  type Aval,
  add,
  concatenate,
  constantFromData,
  type DType,
  expandDims,
  reshape,
  sizeOf,
  slice,
  stack,
  type Tensor,
  take,
  transpose,
} from '@ntk/tensor'
import type { Engine, Task } from '../engine.js'
import { sampleSeeds, seeds } from '../layout/seeds.js'

/** The rows of a side, and the derivative of the outputs there along a direction. */
interface Side {
  readonly x: Tensor
  /** Of the outputs. */
  readonly dtype: DType
  readonly push: (...tangents: readonly (Tensor | null)[]) => Tensor
}

/**
 * The kernel column by column: the gradient of one output entry of one sample on the right, pushed forward through
 * the network at all samples on the left. What the two derivatives do in a row is recorded and its products are put in
 * the cheaper order, by which gradients of weights, which are outer products, are never made.
 */
export function vectorProducts(task: Task): Engine<Side> {
  const { f, leaves, layout, independent, partOf, parts, maxNumbers } = task

  /** What a cotangent [rows, k...] of the outputs at x does to the outputs on the left, by part: [parts][n, k...]. */
  const columnProgram = (left: Side, x: Aval, cotangent: Aval): Program =>
    reassociate(
      trace(
        (rows: Tensor, ct: Tensor) => {
          const [, pullback] = vjp((...ps: Tensor[]) => f(ps, rows), ...leaves)
          const gradients = pullback(ct)
          return Array.from({ length: parts }, (_, part) =>
            left.push(...gradients.map((g, i) => (partOf[i] === part ? g : null))),
          )
        },
        x,
        cotangent,
      ),
    )

  /** Columns [c, n, k...] of each part for cotangents [c, rows, k...] of the outputs at x. */
  const columnsOf = (program: Program, x: Tensor, cotangents: Tensor): Tensor[] => {
    const [entries, ...shape] = cotangents.shape as [number, ...number[]]
    const chunk = chunkOf(program, maxNumbers)
    if (chunk >= entries) return vmap((ct: Tensor) => evalProgram<Tensor[]>(program, x, ct))(cotangents)
    const columns: Tensor[][] = Array.from({ length: parts }, () => [])
    for (let start = 0; start < entries; start += chunk) {
      const some = slice(cotangents, [start, Math.min(entries, start + chunk)])
      const pushed =
        chunk > 1
          ? vmap((ct: Tensor) => evalProgram<Tensor[]>(program, x, ct))(some)
          : evalProgram<Tensor[]>(program, x, reshape(some, shape)).map((c) => expandDims(c, 0))
      pushed.forEach((c, i) => columns[i]?.push(c))
    }
    return columns.map((list) => concatenate(list))
  }

  return {
    prepare(x) {
      const [{ dtype }, push] = linearize((...ps: Tensor[]) => f(ps, x), ...leaves)
      return { x, dtype, push: push as Side['push'] }
    },
    async block(left, right, pause) {
      const n = left.x.shape[0] as number
      const m = right.x.shape[0] as number
      const { dtype } = right
      if (!independent) {
        const cts = seeds(layout, m, false, dtype)
        const program = columnProgram(left, right.x, { shape: cts.shape.slice(1), dtype })
        return columnsOf(program, right.x, cts).map((c) => arrange(c, n, m))
      }
      const cts = sampleSeeds(layout, dtype)
      const row = { shape: [1, ...right.x.shape.slice(1)], dtype: right.x.dtype }
      const program = columnProgram(left, row, { shape: cts.shape.slice(1), dtype })
      const rows = Math.floor(chunkOf(program, maxNumbers) / layout.order.length)
      const columns: Tensor[][] = Array.from({ length: parts }, () => [])
      for (let start = 0; start < m; start += Math.max(1, rows)) {
        const stop = Math.min(m, start + Math.max(1, rows))
        const some = slice(right.x, [start, stop])
        const pushed =
          rows > 1
            ? vmap((x: Tensor) => columnsOf(program, expandDims(x, 0), cts))(some).map(flatten)
            : columnsOf(program, some, cts)
        pushed.forEach((c, i) => columns[i]?.push(c))
        await pause(null)
      }
      return columns.map((list) => arrange(concatenate(list), n, m))
    },
  }

  /** [r, c, ...] to [(r, c), ...]. */
  function flatten(columns: Tensor): Tensor {
    return reshape(columns, [-1, ...columns.shape.slice(2)])
  }

  /** [(m, b'), n, k...] or [b', n, k...] with b' = (d, t, m, f) to [d, f, n, f', m] or [d, (n, f), 1, (m, f'), 1]. */
  function arrange(columns: Tensor, n: number, m: number): Tensor {
    const { diagonal: d, trace: t, free: e, order } = layout
    const perm = constantFromData(order.slice(), [order.length])
    // Entries of the left in the order (d, t, f) too.
    const left = take(reshape(columns, [columns.shape[0] as number, n, order.length]), perm, 2)
    const pairs = independent
      ? transpose(reshape(left, [m, d, t, e, n, d, t, e]), [1, 5, 2, 6, 7, 4, 3, 0])
      : transpose(reshape(left, [d, t, m, e, n, d, t, e]), [0, 5, 1, 6, 4, 7, 2, 3])
    // Only equal entries of diagonal and traced axes count.
    const shape = pairs.shape.slice(4)
    const same = Array.from({ length: d }, (_, i) =>
      Array.from({ length: t }, (_, j) => slice(pairs, i, i, j, j)).reduce((a, b) => add(a, b)),
    )
    const block = reshape(stack(same), [d, ...shape])
    return independent ? block : reshape(block, [d, n * e, 1, m * e, 1])
  }
}

/** How many columns at once hold no more numbers than they may, all that the program makes of a column counted. */
function chunkOf({ equations }: Program, maxNumbers: number): number {
  const made = equations.flatMap((e): readonly Aval[] => e.outputs)
  return Math.max(1, Math.floor(maxNumbers / made.reduce((total, v) => total + sizeOf(v.shape), 1)))
}
