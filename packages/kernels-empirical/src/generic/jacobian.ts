import { type Program, trace, vjp, vmap } from '@ntk/autodiff'
import { add, dotGeneral, expandDims, reshape, scope, type Tensor, transpose, zeros } from '@ntk/tensor'
import { maxWholeNumbers } from '../cost.js'
import type { Engine, Task } from '../engine.js'
import type { OutputLayout } from '../layout/axes.js'
import { sampleSeeds, seeds } from '../layout/seeds.js'
import { groupSlices, runWithSlices, type Slice, sliceAxes, variableOf } from './slices.js'

/** Jacobians [n, b, ...] in some variables: by reverse mode, over samples and output entries by vmap. n is 1 where samples mix. */
function jacobiansIn(
  { layout, independent }: Task,
  x: Tensor,
  variables: readonly Tensor[],
  f: (variables: readonly Tensor[], x: Tensor) => Tensor,
): Tensor[] {
  const at = (rows: Tensor, cotangents: (out: Tensor) => Tensor): Tensor[] => {
    const [out, pullback] = vjp((...vs: Tensor[]) => f(vs, rows), ...variables)
    return vmap((ct: Tensor) => pullback(ct))(cotangents(out))
  }
  if (!independent) {
    const all = at(x, (out) => seeds(layout, x.shape[0] as number, false, out.dtype))
    return all.map((j) => expandDims(j, 0))
  }
  return vmap((row: Tensor) => at(expandDims(row, 0), (out) => sampleSeeds(layout, out.dtype)))(x)
}

/** Σ over traced entries t and parameters u of products of Jacobians [n, (d, t, f), ...u]: [d, f, n, f', m]. */
function contractJacobians(left: Tensor, right: Tensor, { diagonal, trace }: OutputLayout): Tensor {
  const entries = (j: Tensor): Tensor => {
    const [n, b] = j.shape as [number, number]
    return reshape(j, [n, diagonal, trace, b / (diagonal * trace), j.size / (n * b)])
  }
  const products = dotGeneral(entries(left), entries(right), {
    lhsContract: [2, 4],
    rhsContract: [2, 4],
    lhsBatch: [1],
    rhsBatch: [1],
  })
  return transpose(products, [0, 2, 1, 4, 3])
}

/** Numbers of Jacobians that are made at once, 192 MB of float32: memory that the C library keeps and gives again, where larger arrays are new pages each time. */
const handyNumbers = 3 * 2 ** 24

/** The rows of a side, with their Jacobians where these are few enough to be kept. */
interface Side {
  readonly x: Tensor
  readonly whole: readonly Tensor[] | null
}

/**
 * The kernel as the product of Jacobians: the plain way, and the oracle of the others. Jacobians that do not fit in the
 * memory are made and contracted for some of the parameters at a time, so that large networks have large blocks too.
 */
export function jacobianContraction(task: Task): Engine<Side> {
  const { f, leaves, layout, independent, maxNumbers } = task
  const total = leaves.reduce((sum, leaf) => sum + leaf.size, 0)
  const programs = new Map<string, Program>()
  const programAt = (x: Tensor): Program => {
    const rows = independent ? { shape: [1, ...x.shape.slice(1)], dtype: x.dtype } : x
    const shape = rows.shape.join()
    const program =
      programs.get(shape) ?? trace((ps: readonly Tensor[], r: Tensor) => f(ps, r), [...leaves], rows)
    programs.set(shape, program)
    return program
  }
  /** Entries of all rows of a side. */
  const entriesOf = ({ x }: Side): number => (x.shape[0] as number) * layout.order.length

  const jacobiansOf = (x: Tensor, parts: readonly Slice[]): Tensor[] => {
    const variables = parts.map((part) => {
      const leaf = leaves[part.leaf] as Tensor
      return variableOf(part, leaf, (shape) => zeros([...shape], leaf.dtype))
    })
    return jacobiansIn(task, x, variables, (vs, rows) => runWithSlices(programAt(x), leaves, rows, parts, vs))
  }

  function sum(
    left: readonly Tensor[],
    right: readonly Tensor[],
    parts: readonly number[],
  ): (Tensor | null)[] {
    const sums: (Tensor | null)[] = Array.from({ length: task.parts }, () => null)
    left.forEach((j, i) => {
      const block = contractJacobians(j, right[i] as Tensor, layout)
      const part = parts[i] as number
      const former = sums[part] ?? null
      sums[part] = former === null ? block : add(former, block)
    })
    return sums
  }

  return {
    prepare(x) {
      const numbers = (x.shape[0] as number) * layout.order.length * total
      const whole = numbers <= maxWholeNumbers(maxNumbers) ? jacobiansIn(task, x, leaves, f) : null
      return { x, whole }
    },
    async block(left, right, pause) {
      if (left.whole !== null && right.whole !== null)
        return sum(left.whole, right.whole, task.partOf) as Tensor[]
      const same = left === right
      const rows = entriesOf(left) + (same ? 0 : entriesOf(right))
      const axes = sliceAxes(programAt(left.x), programAt(left.x).inputs.slice(0, -1))
      const room = Math.max(1, Math.floor(Math.min(4 * maxNumbers, handyNumbers) / rows))
      let sums: (Tensor | null)[] = Array.from({ length: task.parts }, () => null)
      for (const parts of groupSlices(
        leaves.map((leaf) => leaf.shape),
        axes,
        room,
      )) {
        const former = sums
        sums = scope(() => {
          const jl = jacobiansOf(left.x, parts)
          const jr = same ? jl : jacobiansOf(right.x, parts)
          const added = sum(
            jl,
            jr,
            parts.map(({ leaf }) => task.partOf[leaf] as number),
          )
          return added.map((block, i) => {
            const before = former[i] ?? null
            return block === null || before === null ? (block ?? before) : add(before, block)
          })
        })
        await pause(null)
      }
      return sums as Tensor[]
    },
  }
}
