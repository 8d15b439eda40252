import type { StackStep } from '../../../composites/contracts.js'
import type { SeriesTable } from '../../../composites/series.js'
import type { Engine } from '../engine.js'
import type { FloatArray } from '../types.js'
import type { Range } from './range.js'
import { linesSize, seriesSize, type Terms, termsUpTo, writeSeries } from './series.js'

/** What a step costs a pair about, in milliseconds. */
export const MS_PER_STEP = 4e-6

export const even = (n: number): number => n + (n & 1)
export const fours = (n: number): number => Math.ceil(n / 4) * 4
export const eights = (n: number): number => Math.ceil(n / 8) * 8

/** Numbers of a step, as assembly/dual/stack.ts reads them: its kind, then its parameters. */
const STEP = 8

function encode(step: StackStep, place: StepPlace): readonly number[] {
  switch (step.kind) {
    case 'affine':
      return [0, step.wVar, step.bVar]
    case 'abRelu': {
      const { a, b } = step
      // The last is equal to the first where it is a ReLU of some slope.
      return [1, (a * a + b * b) / 2, (a - b) ** 2 / (2 * Math.PI), (a + b) ** 2 / 2]
    }
    case 'erf':
      return [2, step.a, step.b, step.c]
    case 'stop':
      return [5]
    case 'profile':
      return [3, place.table, step.panels, step.gain]
    case 'series': {
      const { lines, variances, terms } = place
      const [first, second] = [lines, variances]
      return [4, place.table, first[0], second[0], first[1], second[1], terms.counts, terms.lines]
    }
  }
}

/** Byte addresses after `base`, handed out in order. */
export function layout(base: number): (elements: number) => number {
  let next = base
  return (elements) => {
    const at = next
    next += Math.ceil((elements * 8) / 64) * 64
    return at
  }
}

/** Where the table of variances of some samples is, `stride` of them a row. */
export interface Samples {
  readonly at: number
  readonly stride: number
}

/** Where in memory a step has its table; and one by series, of both sides, its lines and the variances that they are of. */
interface StepPlace {
  readonly table: number
  readonly lines: readonly [number, number]
  readonly variances: readonly [number, number]
  readonly terms: Terms
}

const nowhere: StepPlace = { table: 0, lines: [0, 0], variances: [0, 0], terms: { lines: 0, counts: 0 } }

/** Where in memory a list of steps is. */
export interface StepsPlace {
  readonly at: number
  readonly places: readonly StepPlace[]
}

/** Finds room for steps over pairs of samples, whose variances `ranges` says. */
export function allotSteps(
  allot: (elements: number) => number,
  steps: readonly StackStep[],
  ranges: readonly Range[] | null,
  first: Samples,
  second: Samples = first,
): StepsPlace {
  const at = allot(STEP * (steps.length + 1))
  const tables = new Map<SeriesTable, number>()
  const places = steps.map((step, s): StepPlace => {
    if (step.kind === 'profile') return { ...nowhere, table: allot(step.table.length) }
    if (step.kind !== 'series') return nowhere
    const range = ranges?.[s]
    if (range === undefined) throw new RangeError('a variance is beyond the table of a series')
    const table = tables.get(step.table) ?? allot(seriesSize(step.table))
    tables.set(step.table, table)
    const terms = termsUpTo(step.table, range.high)
    const linesOf = ({ stride }: Samples): number => allot(linesSize(stride, terms))
    const variancesOf = ({ at, stride }: Samples): number => at + 2 * s * stride * 8
    const own = linesOf(first)
    return {
      table,
      terms,
      lines: [own, second === first ? own : linesOf(second)],
      variances: [variancesOf(first), variancesOf(second)],
    }
  })
  return { at, places }
}

/** Writes steps and their tables. */
export function writeSteps(e: Engine, steps: readonly StackStep[], { at, places }: StepsPlace): void {
  const memory = e.f64()
  steps.forEach((step, s) => {
    const place = places[s] ?? nowhere
    memory.set(encode(step, place), at / 8 + STEP * s)
    if (step.kind === 'series') writeSeries(e, step.table, place.table)
    if (step.kind === 'profile') memory.set(step.table, place.table / 8)
  })
}

/** Elements that `dualTile` needs for each call that runs at a time. */
export const WORK = 1320

/** Elements of the table of `n` variances through all steps, in rows of `stride`. */
export const tableSize = (steps: number, stride: number): number => stride * (2 * steps + 1)

/** Of steps with series, the variances that were seen and what becomes of each after every step. */
const seen = new WeakMap<readonly StackStep[], Map<number, Float64Array>>()
/** Samples that are remembered at most. */
const MOST_SEEN = 1 << 16

/** Writes the variances, and what becomes of them after every step. A series is summed up once a sample, not once a tile. */
export function writeVariances(
  e: Engine,
  table: number,
  steps: readonly StackStep[],
  variances: FloatArray,
  at: number,
  stride: number,
): void {
  const memory = e.f64()
  const count = variances.length
  const row = (s: number): number => at / 8 + 2 * s * stride
  memory.set(variances, row(0))
  memory.fill(0, row(0) + count, row(0) + stride)
  const run = (known: boolean): void => {
    e.call.dualVariances(table, steps.length, at, stride, stride * 8, known ? 1 : 0)
  }
  if (!steps.some(({ kind }) => kind === 'series')) return run(false)
  const own = seen.get(steps) ?? new Map<number, Float64Array>()
  seen.set(steps, own)
  const known = Array.from(variances, (v) => own.get(v))
  if (known.every((rows) => rows !== undefined)) {
    for (let s = 1; s <= steps.length; s++) {
      known.forEach((rows, i) => {
        memory[row(s) + i] = rows[s] as number
      })
      memory.fill(0, row(s) + count, row(s) + stride)
    }
    return run(true)
  }
  run(false)
  for (let i = 0; i < count && own.size < MOST_SEEN; i++) {
    const rows = Float64Array.from({ length: steps.length + 1 }, (_, s) => memory[row(s) + i] as number)
    own.set(variances[i] as number, rows)
  }
}
