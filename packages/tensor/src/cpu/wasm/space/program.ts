import type { AxisWindow, SpaceActivation } from '../../../composites/contracts.js'
import type { Terms } from '../dual/series.js'
import type { DeficitPlan, MixedPairs } from './deficits.js'
import {
  type ClosedActivation,
  type Instruction,
  isActivation,
  isTransfer,
  positiveBefore,
  readsVariances,
  type Transfer,
  type Window,
} from './instructions.js'
import type { Arena } from './memory.js'
import type { GroupSum } from './plan.js'
import { shiftOf } from './shifts.js'

/** The records that assembly/dual/space.ts reads: kinds, and their length in float64. */
const kinds = {
  end: 0,
  gram: 1,
  deficits: 2,
  dual: 3,
  scale: 4,
  groups: 5,
  rows: 6,
  bias: 7,
  sum: 8,
  norm: 9,
  save: 10,
  load: 11,
  add: 12,
  read: 13,
  write: 14,
  branch: 15,
  restart: 16,
} as const
/** The last word of a record says whether deficits go through. */
const LIVE = 23

/** How a chunk lies in memory before a step. */
export interface Stage {
  readonly groups: number
  readonly rows: number
  /** Columns in use, and with those that fill up a multiple of 4. */
  readonly used: number
  readonly n: number
  /** Bytes from row to row. */
  readonly ld: number
  /** Of every group, where its row and its column numbers come from: two indices. */
  readonly places: Int32Array
}

/** A table of numbers a sample and place: variances, or the data. */
export interface Side {
  readonly at: number
  /** Bytes from place to place, from row to row, from channel to channel. */
  readonly group: number
  readonly row: number
  readonly channel: number
}

/** Variances before an activation and their roots. */
export interface VarianceTable {
  readonly before: Side
  readonly roots: number
  /** Of an activation by its series, whose lines stand in place of the variances. */
  readonly series?: SeriesPlace | undefined
}

export interface SeriesPlace {
  readonly table: number
  readonly terms: Terms
  /** Bytes from sample to sample; 0 where a place has the lines of all samples. */
  readonly sample: number
}

/** Blocks [positions, positions'] of pairs: from place to place so many rows down, and so many bytes to the right. */
export interface BlockPlaces {
  readonly kind: 'blocks'
  readonly down: number
  readonly right: number
}

/** The data, or blocks. */
export type Start =
  | { readonly kind: 'data'; readonly sides: readonly [Side, Side]; readonly channels: number }
  | BlockPlaces

/** The sum over positions, or blocks. */
export type End = { readonly kind: 'sum'; readonly all: boolean; readonly factor: number } | BlockPlaces

export interface Program {
  readonly stages: readonly Stage[]
  /** Bytes of zeros before a row. */
  readonly guard: number
  readonly start: Start
  /** One a step that reads variances, of x1 and of x2. */
  readonly variances: readonly (readonly [VarianceTable, VarianceTable])[]
  /** Sums of groups of each step, and of its window along the last axis where that is one of rows. */
  readonly sums: readonly (readonly GroupSum[])[]
  readonly last: readonly (AxisWindow | null)[]
  /** Of each transfer the groups that are taken, null for all. */
  readonly taken: readonly (Int32Array | null)[]
  readonly deficits: DeficitPlan
  /** Before each step the pairs of places whose deficits come from K; null: none. */
  readonly mixed: readonly (MixedPairs | null)[]
  /** The activation behind which a chunk without small angles goes on without deficits; null: none does. */
  readonly branch: number | null
  readonly end: End
}

export const taps = (step: Window): number => step.axes.reduce((count, window) => count * window.length, 1)

/** kind, p, q, r as the pairs of an activation take them. */
function encodeActivation(step: SpaceActivation, series: SeriesPlace | undefined): Encoded {
  if (step.kind !== 'series') return encodeClosed(step)
  if (series === undefined) throw new RangeError('a step by series without a table')
  return [4, series.table, series.terms.counts, series.terms.lines]
}

type Encoded = readonly [kind: number, p: number, q: number, r: number]

/** The same of one in closed form. */
export function encodeClosed(step: ClosedActivation): Encoded {
  if (step.kind === 'erf') return [2, step.a, step.b, step.c]
  const { a, b } = step
  return [1, (a * a + b * b) / 2, (a - b) ** 2 / (2 * Math.PI), 0]
}

/** The factor of the weights behind step s, where it is an activation with a window behind it in the ntk parameterization. */
export function weightAfter(steps: readonly Instruction[], s: number): number | null {
  const next = steps[s + 1]
  if (!isActivation(steps[s]) || next?.kind !== 'window' || next.tangent !== undefined) return null
  return next.wVar / taps(next)
}

/** Bytes of the largest chunk on the way. */
export function areaOf(stages: readonly Stage[], guard: number): number {
  const most = Math.max(...stages.map(({ groups, rows, ld }) => groups * rows * ld))
  return Math.ceil((most + 2 * guard + 64) / 64) * 64
}

/** Addresses of the same steps. */
export interface Ways {
  /** With deficits from the start on, until it is known that no angle is small. */
  readonly carrying: number
  /** Without deficits, until some angle may be small: then `carrying` from the start. */
  readonly trying: number
}

/** Writes a program. */
export function writeProgram(arena: Arena, steps: readonly Instruction[], program: Program): Ways {
  const { branch } = program
  const { live } = program.deficits
  if (branch === null) {
    const carrying = writeRecords(arena, steps, program, live, 0, null)
    return { carrying, trying: carrying }
  }
  const without = writeRecords(arena, steps, program, [], branch + 1, null)
  const carrying = writeRecords(arena, steps, program, live, 0, { step: branch, small: null, large: without })
  // Deficits that are taken from K where they start cost less than all before it once more.
  if (live[0] !== true) return { carrying, trying: carrying }
  const fork = { step: branch, small: carrying, large: without }
  return { carrying, trying: writeRecords(arena, steps, program, [], 0, fork) }
}

/** Behind step `step`: where to go on with small angles, null for the next record, and where without any. */
interface Fork {
  readonly step: number
  readonly small: number | null
  readonly large: number
}

/** The records from step `start` on, or to a fork without a next record, with deficits where they are `live`. */
function writeRecords(
  arena: Arena,
  steps: readonly Instruction[],
  program: Program,
  live: readonly boolean[],
  start: number,
  fork: Fork | null,
): number {
  const { stages, guard } = program
  const records: number[] = []
  /** Behind how many steps this record stands. */
  let at = start
  const record = (kind: number, ...words: number[]): void => {
    const through = live[at] === true ? 1 : 0
    records.push(kind, ...words, ...new Array<number>(LIVE - 1 - words.length).fill(0), through)
  }
  const first = stages[0] as Stage
  const mixed = stages.some(({ ld }) => ld !== first.ld)
  const clear = guard > 0 && mixed ? areaOf(stages, guard) : 0
  if (start === 0) writeStart(arena, record, program.start, first, clear)
  const positive = positiveBefore(steps)
  let read = steps.slice(0, start).filter(readsVariances).length
  const stop = fork !== null && fork.small !== null ? fork.step + 1 : steps.length
  steps.slice(0, stop).forEach((step, s) => {
    if (s < start) return
    const [from, to] = [stages[s] as Stage, stages[s + 1] as Stage]
    at = s
    if (isTransfer(step)) {
      // What comes from beside is there behind the step.
      if (step.kind !== 'save') at = s + 1
      writeTransfer(arena, record, step, from, to, program.taken[s] ?? null, clear)
      return
    }
    if (step.kind !== 'window') {
      const variances = program.variances[read++] as readonly [VarianceTable, VarianceTable]
      const [v1] = variances
      const weight = weightAfter(steps, s)
      const rows = [from.groups, from.rows, from.n, from.ld]
      const sides = sidesOf(arena, variances, from)
      const own = step.kind === 'norm' ? [0, 0, 0, 0] : encodeActivation(step, v1.series)
      const weights = [weight === null ? 0 : 1, weight ?? 1, positive[s] === true ? 1 : 0]
      if (step.kind !== 'abRelu') {
        record(step.kind === 'norm' ? kinds.norm : kinds.dual, ...rows, ...own, ...weights, ...sides)
        return
      }
      const there = live[s] === true
      const onward = live[s + 1] === true
      const some = program.mixed[s] ?? null
      if (there ? some !== null : onward) {
        const tables = !there || some === null ? [0, 0] : mixedTables(arena, some)
        record(kinds.deficits, ...rows, 0, ...tables, 0, 0, 0, 0, ...sides)
      }
      const [kind = 0, p = 0, q = 0] = own
      const uses = (there || onward ? 1 : 0) + (onward ? 2 : 0)
      const isFork = fork?.step === s
      record(kinds.dual, ...rows, kind, p, q, uses, ...weights, ...sides, isFork ? 1 : 0)
      if (isFork) {
        const { small, large } = fork
        if (small === null) record(kinds.branch, large)
        else record(kinds.restart, small, large)
      }
      return
    }
    if (weightAfter(steps, s - 1) === null) {
      const bytes = from.groups * from.rows * from.ld + guard
      const fresh = s === 0 && program.start.kind === 'data'
      record(kinds.scale, bytes, step.wVar / taps(step), fresh ? 1 : 0, step.tangent?.gain ?? 1)
    }
    const window = program.last[s] ?? null
    if (window !== null) writeRows(arena, record, window, from, to, guard, areaOf(stages, guard))
    for (const { groups, table } of program.sums[s] ?? []) {
      record(kinds.groups, groups, arena.integers(table), to.rows * to.ld)
    }
    const tangentBias = step.tangent?.bias ?? step.bVar
    if (step.bVar !== 0 || tangentBias !== 0) {
      record(kinds.bias, to.groups * to.rows, to.used, to.ld, step.bVar, tangentBias)
    }
  })
  if (stop < steps.length) return arena.floats(Float64Array.from(records))
  at = steps.length
  const last = stages.at(-1) as Stage
  if (program.end.kind === 'blocks') record(kinds.write, ...blockWords(arena, program.end, last))
  else {
    const { all, factor } = program.end
    record(kinds.sum, last.groups * last.rows, last.n, last.used, last.ld, all ? 1 : 0, factor)
  }
  record(kinds.end)
  return arena.floats(Float64Array.from(records))
}

/** The words that say where a step finds the variances of both sides. */
const sidesOf = (
  arena: Arena,
  [v1, v2]: readonly [VarianceTable, VarianceTable],
  { places, used }: Stage,
): readonly number[] => [
  v1.before.at,
  v1.roots,
  v2.before.at,
  v2.roots,
  arena.integers(places),
  v1.before.group,
  v1.before.row,
  v2.before.group,
  used,
  v1.series?.sample ?? 0,
]

const mixedTables = (arena: Arena, { whole, columns }: MixedPairs): readonly number[] => [
  arena.integers(whole),
  columns === null ? 0 : arena.integers(columns),
]

/** The words of a record that reads or writes blocks. */
const blockWords = (arena: Arena, { down, right }: BlockPlaces, stage: Stage): readonly number[] => {
  const { groups, rows, n, ld, used, places } = stage
  return [groups, rows, n, ld, used, 0, arena.integers(places), down, right]
}

function writeStart(
  arena: Arena,
  record: (kind: number, ...words: number[]) => void,
  start: Start,
  first: Stage,
  clear: number,
): void {
  if (start.kind === 'blocks') {
    record(kinds.read, ...blockWords(arena, start, first), 0, 0, 0, 0, 0, clear)
    return
  }
  const { groups, rows, n, ld, places } = first
  const [a, b] = start.sides
  const { channels } = start
  const table = arena.integers(places)
  const sides = [a.at, b.at, table, a.group, a.row, a.channel, b.group, b.channel]
  record(kinds.gram, groups, rows, n, ld, ...sides, channels, channels, clear)
}

/** The window along the last axis as the rows and columns that it sees; one table for all programs of a job. */
function rowsTable(
  arena: Arena,
  window: AxisWindow,
  from: Stage,
  to: Stage,
): { readonly gather: boolean; readonly table: number } {
  const shifts = window.map((tap) => shiftOf(tap, from.used))
  const gather = shifts.includes(null)
  return {
    gather,
    table: arena.once(window, () => {
      const columns = window.map((tap, t) =>
        gather ? arena.integers(Int32Array.from(tap)) : 8 * (shifts[t] as number),
      )
      const rows = Array.from({ length: to.rows }, (_, o) => {
        const seen = window.flatMap((tap, t) => {
          const row = tap[o] as number
          return row < 0 ? [] : [row, columns[t] as number]
        })
        return [seen.length / 2, ...seen]
      })
      return arena.integers(Int32Array.from(rows.flat()))
    }),
  }
}

function writeRows(
  arena: Arena,
  record: (kind: number, ...words: number[]) => void,
  window: AxisWindow,
  from: Stage,
  to: Stage,
  guard: number,
  area: number,
): void {
  const { gather, table } = rowsTable(arena, window, from, to)
  record(
    kinds.rows,
    from.groups,
    table,
    from.rows,
    to.rows,
    from.ld,
    to.ld,
    to.n,
    gather ? 1 : 0,
    to.used,
    guard,
    area,
    from.n,
    from.used,
  )
}

/** To, or from a place beside: what `load` and `add` take of it, and what `save` leaves here. */
function writeTransfer(
  arena: Arena,
  record: (kind: number, ...words: number[]) => void,
  { kind, slot }: Transfer,
  from: Stage,
  to: Stage,
  taken: Int32Array | null,
  clear: number,
): void {
  if (kind === 'save') {
    record(kinds.save, slot, from.groups * from.rows * from.ld)
    if (taken === null) return
  }
  const table = taken === null ? 0 : arena.integers(taken)
  record(kind === 'add' ? kinds.add : kinds.load, slot, to.groups, to.rows * to.ld, table, clear)
}
