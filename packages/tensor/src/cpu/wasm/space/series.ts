import type { SeriesParams } from '../../../composites/contracts.js'
import { linesSize, type Terms, termsUpTo } from '../dual/series.js'
import type { Instruction } from './instructions.js'
import type { Arena } from './memory.js'
import type { VarianceTable } from './program.js'
import type { Samples } from './samples.js'
import { extremes, type Variances } from './variances.js'

/** The k-th step that reads variances, where it goes by a series, with the terms that both sides need. */
export interface SeriesReader {
  readonly table: SeriesParams['table']
  readonly terms: Terms
}

export function seriesReader(
  step: Instruction | undefined,
  k: number,
  sides: readonly (readonly [Variances, Samples])[],
): SeriesReader | null {
  if (step?.kind !== 'series') return null
  const highs = sides.map(([v, { n }]) => extremes(v.before[k] as Float64Array, n, v.capacity).high)
  return { table: step.table, terms: termsUpTo(step.table, Math.max(...highs)) }
}

/**
 * Lines of variances that lie in rows of `perPlace`, a multiple of 8: a row a place, and of a sample `places` of them after those of the
 * sample before; null where a place has all samples.
 */
export function linesTable(
  arena: Arena,
  { table, terms }: SeriesReader,
  variances: Float64Array,
  perPlace: number,
  places: number | null,
): VarianceTable {
  const at = arena.series(table)
  const group = 8 * linesSize(perPlace, terms)
  return {
    before: { at: arena.lines(at, terms, variances), group, row: 0, channel: 0 },
    roots: 0,
    series: { table: at, terms, sample: (places ?? 0) * group },
  }
}
