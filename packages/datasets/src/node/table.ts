import { createReadStream } from 'node:fs'
import { fileError, isFileError } from '@ntk/tensor/node'
import { readOptions, requireText } from '@ntk/tensor/options'
import { TableBuilder, type TableOptions, tableRules } from '../tables/read.js'
import type { Table } from '../tables/table.js'

/**
 * A table from a file of separated values, read in pieces, twice: memory is that of the table. As `tableFromCsv` otherwise.
 * Throws NtkError 'file' where it cannot be read, 'data' as `tableFromCsv`.
 */
export async function readTable(path: string, options?: TableOptions): Promise<Table> {
  const read = readOptions('readTable', tableRules, options)
  requireText(path, 'path of readTable')
  const builder = new TableBuilder(read.name ?? path, read)
  await walk(path, (bytes) => builder.survey(bytes))
  builder.decide()
  await walk(path, (bytes) => builder.fill(bytes))
  return builder.table()
}

async function walk(path: string, take: (bytes: Uint8Array) => boolean): Promise<void> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 18 })) {
      if (!take(chunk as Uint8Array)) return
    }
  } catch (error) {
    throw isFileError(error) ? fileError(error, path, 'read') : error
  }
}
