import { type Key, NtkError, permutation } from '@ntk/tensor'
import {
  aKey,
  isRecord,
  nonNegativeInteger,
  optional,
  type RulesFor,
  readOptions,
  show,
  suggestion,
} from '@ntk/tensor/options'

export interface NumberColumn {
  readonly name: string
  readonly kind: 'number'
  /** [rows], NaN where the value is missing. */
  readonly values: Float64Array
}

export interface CategoryColumn {
  readonly name: string
  readonly kind: 'category'
  /** [rows], indices into `categories`, -1 where the value is missing. */
  readonly codes: Int32Array
  readonly categories: readonly string[]
}

export type Column = NumberColumn | CategoryColumn

/** Rows of typed columns. Immutable: every function gives a new record. */
export interface Table {
  readonly name: string
  readonly rows: number
  readonly columns: readonly Column[]
  /** [rows], the line of its file that each row is from, counted from 1: for messages. */
  readonly lines: Int32Array
}

/** Throws NtkError 'value' unless an argument is a table. */
export function requireTable(value: Table, name: string): void {
  if (isRecord(value) && Array.isArray(value.columns) && typeof value.rows === 'number' && 'lines' in value)
    return
  throw new NtkError('value', {
    what: `${name} must be a table { name, rows, columns, lines }.`,
    got: show(value),
    fix: 'Read one with tableFromCsv or readTable.',
  })
}

/** The column of that name. Throws NtkError 'option' where there is none, with the nearest. */
export function columnOf(table: Table, name: string): Column {
  const found = table.columns.find((column) => column.name === name)
  if (found !== undefined) return found
  throw new NtkError('option', {
    what: `${table.name} has no column "${name}".`,
    fix: suggestion(
      name,
      table.columns.map((column) => column.name),
    ),
  })
}

/** The rows at `indices`, in that order; an index may come twice. Throws NtkError 'index' where one lies outside. */
export function takeRows(table: Table, indices: ArrayLike<number>): Table {
  requireTable(table, 'table of takeRows')
  const n = indices.length
  for (let i = 0; i < n; i++) {
    const at = indices[i] as number
    if (!Number.isInteger(at) || at < 0 || at >= table.rows) {
      throw new NtkError('index', { what: `${table.name} has rows 0 to ${table.rows - 1}.`, got: String(at) })
    }
  }
  const pick = <T extends Float64Array | Int32Array>(from: T, to: T): T => {
    for (let i = 0; i < n; i++) to[i] = from[indices[i] as number] as number
    return to
  }
  return {
    ...table,
    rows: n,
    lines: pick(table.lines, new Int32Array(n)),
    columns: table.columns.map((column) =>
      column.kind === 'number'
        ? { ...column, values: pick(column.values, new Float64Array(n)) }
        : { ...column, codes: pick(column.codes, new Int32Array(n)) },
    ),
  }
}

/** Whether row i of a column is missing. */
export const isMissing = (column: Column, i: number): boolean =>
  column.kind === 'number' ? Number.isNaN(column.values[i]) : (column.codes[i] as number) < 0

/** The rows in which nothing is missing. */
export function dropMissing(table: Table): Table {
  requireTable(table, 'table of dropMissing')
  const kept: number[] = []
  for (let i = 0; i < table.rows; i++) if (!table.columns.some((column) => isMissing(column, i))) kept.push(i)
  return takeRows(table, kept)
}

export interface SplitTableOptions {
  /** Rows to train on. */
  readonly train: number
  /** Rows to test on; all that remain unless given. */
  readonly test?: number | undefined
  /** The order they are drawn in; that of the table unless given. */
  readonly key?: Key | undefined
}

const splitRules = {
  train: nonNegativeInteger(),
  test: optional(nonNegativeInteger()),
  key: optional(aKey()),
} satisfies RulesFor<SplitTableOptions>

/** Two parts without a common row. Throws NtkError 'option' where the table has too few rows. */
export function splitTable(table: Table, options: SplitTableOptions): { train: Table; test: Table } {
  const { train, key, ...given } = readOptions('splitTable', splitRules, options)
  requireTable(table, 'table of splitTable')
  const test = given.test ?? Math.max(0, table.rows - train)
  if (train + test > table.rows) {
    throw new NtkError('option', {
      what: `${table.name} has ${table.rows} rows.`,
      got: `${train} to train and ${test} to test`,
      fix: 'Ask for fewer.',
    })
  }
  const inOrder = Array.from({ length: table.rows }, (_, i) => i)
  const order = key === undefined ? inOrder : permutation(key, inOrder)
  return {
    train: takeRows(table, order.slice(0, train)),
    test: takeRows(table, order.slice(train, train + test)),
  }
}
