import { parquetWriteBuffer } from 'hyparquet-writer'
import type { MetricsRow } from './metrics.js'

type ColumnType = 'INT32' | 'DOUBLE' | 'STRING'

// `step` and `width` are counts; a measured column stays DOUBLE even where its values happen to be whole.
const counts: ReadonlySet<string> = new Set(['step', 'width'])

function columnType(column: string, values: readonly (string | number | null)[]): ColumnType {
  if (values.some((value) => typeof value === 'string')) return 'STRING'
  return counts.has(column) ? 'INT32' : 'DOUBLE'
}

/** The rows as one Parquet file: a column for every name that occurs, null where a row has none. */
export function metricsToParquet(rows: readonly MetricsRow[]): Uint8Array {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const columnData = columns.map((column) => {
    const values = rows.map((row) => row[column] ?? null)
    return { name: column, data: values, type: columnType(column, values), nullable: true }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}
