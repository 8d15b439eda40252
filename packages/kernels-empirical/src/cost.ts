/** Costs of the implementations, counted from shapes before anything is run. */
import { countProgram, type Program } from '@ntk/autodiff'
import { sizeOf } from '@ntk/tensor'
import type { Flow } from './analysis/flow.js'
import type { Task } from './engine.js'
import { outerCosts } from './structured/factors.js'
import type { Plan } from './structured/plan.js'
import { sizesOfValues, type UseSizes } from './structured/sizes.js'

export interface Cost {
  /** Floating-point operations of the whole kernel. */
  readonly flops: number
  /** Numbers held for each row of a side. */
  readonly perRow: number
}

/** How many samples a side has, as the implementation sees it, and output entries a sample. */
export interface Scale {
  readonly n: number
  readonly m: number
  /** Entries a sample on the left and on the right. */
  readonly entries: readonly [number, number]
  /** Sides to prepare: both, or one if they are the same. */
  readonly sides: 1 | 2
  /** Operations of one evaluation of one sample. */
  readonly forward: number
}

export function scaleOf(
  { layout, independent }: Task,
  program: Program,
  rows: readonly [number, number],
  same: boolean,
): Scale {
  const entries = layout.order.length
  const samples = program.inputs.at(-1)?.shape[0] as number
  const forward = countProgram(program).flops / samples
  const sides = same ? 1 : 2
  if (independent) return { n: rows[0], m: rows[1], entries: [entries, entries], sides, forward }
  return {
    n: 1,
    m: 1,
    entries: [rows[0] * entries, rows[1] * entries],
    sides,
    forward: forward * Math.max(...rows),
  }
}

const numbersOf = ({ leaves }: Task): number => leaves.reduce((total, leaf) => total + leaf.size, 0)

/** Entries on both sides that meet: all pairs of free ones, for equal diagonal and traced ones. */
const pairsOf = ({ diagonal, trace }: Task['layout'], [e, f]: Scale['entries']): number =>
  (e * f) / (diagonal * trace)

/** Rows to prepare in all. */
const prepared = ({ n, m, sides, entries: [e, f] }: Scale): number => (sides === 1 ? n * e : n * e + m * f)

/** Half of the pairs of rows where both sides are the same. */
const half = ({ sides }: Scale): number => (sides === 1 ? 0.5 : 1)

/** Numbers of the Jacobians of one side that are kept whole, of a memory that holds 8 times `maxNumbers`. */
export const maxWholeNumbers = (maxNumbers: number): number => 2 * maxNumbers

/** Entries a side from which products of Jacobians are worth their making. */
const worthwhileEntries = 512
/** Numbers of a slice of a parameter from which its products are matrix products. */
const wideSlice = 2 ** 16

/** `least`: numbers in the smallest slice of each parameter. */
export function jacobianCost(
  task: Task,
  s: Scale,
  { flow, least }: { readonly flow: Flow; readonly least: readonly number[] },
  maxNumbers: number,
): Cost {
  const numbers = numbersOf(task)
  const entries = Math.max(...s.entries)
  const rows = Math.max(s.n, s.m)
  const wholeRows = maxWholeNumbers(maxNumbers) / (entries * numbers)
  const whole = wholeRows >= Math.min(rows, worthwhileEntries / entries)
  const { total, largest } = hiddenNumbers(flow, task.independent ? rows : 1)
  return {
    // Backwards through values and to weights, then products of Jacobians.
    flops:
      prepared(s) * (2 * s.forward + numbers) +
      2 * half(s) * s.n * s.m * pairsOf(task.layout, s.entries) * numbers,
    perRow: whole
      ? 2 * entries * numbers
      : 2 * entries * Math.min(numbers, Math.max(wideSlice, ...least)) + 3 * total + 3 * entries * largest,
  }
}

export function vectorProductsCost(task: Task, s: Scale, flow: Flow, rows: number): Cost {
  // A gradient for each entry of each sample on the right, then a derivative forward at all samples on the left.
  const columns = s.m * s.entries[1]
  const { total } = hiddenNumbers(flow, task.independent ? rows : 1)
  return {
    // No half for a triangle: each gradient is pushed to all samples on the left at once.
    flops: columns * (3 * s.forward + numbersOf(task) + 2 * s.n * s.forward),
    perRow: 4 * total,
  }
}

export function structuredCost(task: Task, s: Scale, plan: Plan, rows: number): Cost {
  const samples = task.independent ? rows : 1
  const uses = sizesOfValues(plan, samples)
  const [e, f] = s.entries
  const { diagonal, trace } = task.layout
  const free = [e / (diagonal * trace), f / (diagonal * trace)] as const
  const contraction = (list: readonly UseSizes[], tangled: boolean): number => {
    const outers = list.filter((u) => u.kind === 'outer')
    const [first] = outers
    if (!tangled && first !== undefined && outers.length === list.length) {
      const p = outers.reduce((total, u) => total + u.p, 0)
      const { gram, dense } = outerCosts(
        { ...first, n: s.n, m: s.m, p, q: p, e: free[0], f: free[1] },
        task.layout,
      )
      return 2 * Math.min(gram, dense)
    }
    const made = outers.reduce((total, u) => total + 2 * u.g * u.p * u.k * u.w, 0)
    const numbers = list.reduce(
      (most, u) => Math.max(most, u.kind === 'outer' ? u.g * u.k * u.w : u.numbers),
      0,
    )
    return prepared(s) * made + 2 * s.n * s.m * pairsOf(task.layout, s.entries) * numbers
  }
  const tangled = new Set(plan.tangled.values)
  const contractions = uses.reduce((total, list, i) => total + contraction(list, tangled.has(i)), 0)
  const held = uses.reduce(
    (total, list, i) =>
      total +
      list.reduce((sum, u) => {
        if (u.kind === 'dense') return sum + e * u.numbers
        return sum + u.g * u.p * (u.k + e * u.w) + (tangled.has(i) ? e * u.g * u.k * u.w : 0)
      }, 0),
    0,
  )
  const hidden = hiddenNumbers(plan.flow, samples)
  return {
    flops: prepared(s) * s.forward + half(s) * contractions,
    perRow: held + 3 * hidden.total + 3 * e * hidden.largest,
  }
}

/** Numbers a sample of all values that carry derivatives, and of the largest. */
function hiddenNumbers(flow: Flow, samples: number): { total: number; largest: number } {
  let [total, largest] = [0, 0]
  for (const { outputs } of flow.equations) {
    for (const v of outputs) {
      if (flow.kindOf(v) !== 'hidden') continue
      const size = sizeOf(v.shape) / samples
      total += size
      largest = Math.max(largest, size)
    }
  }
  return { total, largest }
}
