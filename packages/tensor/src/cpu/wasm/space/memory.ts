import type { SeriesTable } from '../../../composites/series.js'
import { linesSize, seriesSize, type Terms, writeSeries } from '../dual/series.js'
import { layout } from '../dual/steps.js'
import type { Engine } from '../engine.js'

/** Tables and numbers that a job needs in WebAssembly's memory: laid out first, written when it is known how much there is. */
export interface Arena {
  /** Room for float64, from a byte address on that is a multiple of 64. */
  room(elements: number): number
  floats(values: Float64Array): number
  /** The same table twice is written once. */
  integers(values: Int32Array): number
  /** What `make` gave the first time that it was asked for by this key. */
  once(key: object, make: () => number): number
  /** The table of a series; the same twice is written once. */
  series(table: SeriesTable): number
  /** The lines of variances, a multiple of 8 of them, by the table at `table`: see assembly/dual/series.ts. */
  lines(table: number, terms: Terms, variances: Float64Array): number
  /** Makes room and writes everything. */
  settle(): void
}

export function newArena(e: Engine): Arena {
  const allot = layout(e.base)
  const made = new Map<object, number>()
  const writes: (() => void)[] = []
  const integers = new Map<Int32Array, number>()
  const floats = (values: Float64Array): number => {
    const at = allot(values.length)
    writes.push(() => e.f64().set(values, at / 8))
    return at
  }
  return {
    room: allot,
    floats,
    integers: (values) => {
      const known = integers.get(values)
      if (known !== undefined) return known
      const at = allot(Math.ceil(values.length / 2) + 1)
      integers.set(values, at)
      writes.push(() => e.i32().set(values, at / 4))
      return at
    },
    once: (key, make) => {
      const at = made.get(key) ?? make()
      made.set(key, at)
      return at
    },
    series: (table) => {
      const at = made.get(table) ?? allot(seriesSize(table))
      if (!made.has(table)) writes.push(() => writeSeries(e, table, at))
      made.set(table, at)
      return at
    },
    lines: (table, terms, variances) => {
      const n = variances.length
      const [from, block] = [floats(variances), allot(linesSize(n, terms))]
      writes.push(() => {
        e.call.seriesVariances(table, from, from, n, block, terms.counts, terms.lines, 1, 1, 0)
      })
      return block
    },
    settle: () => {
      e.reserve(allot(0) - e.base)
      for (const write of writes) write()
    },
  }
}
