import { NtkError } from '@ntk/tensor'
import { readOptions, show } from '@ntk/tensor/options'
import { TableBuilder, type TableOptions, tableRules } from './read.js'
import type { Table } from './table.js'

/**
 * A table of separated values (CSV, TSV, the files of the UCI repository) from its text or its bytes in UTF-8, with or without byte order
 * mark. The first row has the names of the columns where it holds words over numbers; blank lines are skipped.
 * Throws NtkError 'data', with line and column, for rows of another length, quotes that are wrong, a column of numbers and words, more than a
 * thousand categories, and whatever could be read in two ways (header, separator).
 */
export function tableFromCsv(csv: string | Uint8Array, options?: TableOptions): Table {
  const read = readOptions('tableFromCsv', tableRules, options)
  if (typeof csv !== 'string' && !(csv instanceof Uint8Array)) {
    throw new NtkError('value', { what: 'tableFromCsv needs text, or its bytes.', got: show(csv) })
  }
  const bytes = typeof csv === 'string' ? new TextEncoder().encode(csv) : csv
  const builder = new TableBuilder(read.name ?? 'the table', read)
  builder.survey(bytes)
  builder.decide()
  builder.fill(bytes)
  return builder.table()
}
