import { linearize, vjp, vmap } from '@ntk/autodiff'
import {
  add,
  concatenate,
  constantFromData,
  expandDims,
  reshape,
  slice,
  stack,
  type Tensor,
  take,
  transpose,
} from '@ntk/tensor'
import type { Engine, Task } from '../engine.js'
import { sampleSeeds, seeds } from '../layout/seeds.js'

/** The rows of a side, and the derivative of the outputs there in both directions. */
interface Side {
  readonly x: Tensor
  readonly push: (...tangents: readonly (Tensor | null)[]) => Tensor
}

/**
 * The kernel column by column: the gradient of one output entry of one sample on the right, pushed forward through
 * the network at all samples on the left. Memory of a few gradients; no Jacobian.
 */
export function vectorProducts(task: Task): Engine<Side> {
  const { f, leaves, layout, independent, partOf, parts } = task
  const gradientNumbers = leaves.reduce((total, leaf) => total + leaf.size, 0)

  // Where gradients are large, their batch axis would be moved about in memory for longer than the products take.
  const chunk = gradientNumbers > 2 ** 16 ? 1 : Math.max(1, Math.floor(task.maxNumbers / gradientNumbers))

  /** [parts][c, n, k...]: what steps along the gradients of cotangents [c, rows, k...] do to the outputs on the left. */
  const columnsOf = (left: Side, pullback: (ct: Tensor) => Tensor[], cotangents: Tensor): Tensor[] => {
    const column = (ct: Tensor): Tensor[] => {
      const gradients = pullback(ct)
      return Array.from({ length: parts }, (_, part) =>
        left.push(...gradients.map((g, i) => (partOf[i] === part ? g : null))),
      )
    }
    if (chunk > 1) return vmap(column)(cotangents)
    return column(reshape(cotangents, cotangents.shape.slice(1))).map((c) => expandDims(c, 0))
  }

  return {
    prepare(x) {
      const [, push] = linearize((...ps: Tensor[]) => f(ps, x), ...leaves)
      return { x, push: push as Side['push'] }
    },
    block(left, right) {
      const n = left.x.shape[0] as number
      const m = right.x.shape[0] as number
      const columns: Tensor[][] = Array.from({ length: parts }, () => [])
      const rows = independent ? Array.from({ length: m }, (_, i) => slice(right.x, [i, i + 1])) : [right.x]
      for (const row of rows) {
        const [out, pullback] = vjp((...ps: Tensor[]) => f(ps, row), ...leaves)
        const cts = independent ? sampleSeeds(layout, out.dtype) : seeds(layout, m, false, out.dtype)
        const entries = cts.shape[0] as number
        for (let start = 0; start < entries; start += chunk) {
          const some = slice(cts, [start, Math.min(entries, start + chunk)])
          columnsOf(left, pullback, some).forEach((pushed, i) => columns[i]?.push(pushed))
        }
      }
      return columns.map((list) => arrange(concatenate(list), n, m))
    },
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
