import { NtkError, type Tensor, tensorFromData } from '@ntk/tensor'
import {
  isRecord,
  listOf,
  oneOf,
  optional,
  type RulesFor,
  readOptions,
  show,
  text,
} from '@ntk/tensor/options'
import {
  type CategoryColumn,
  type Column,
  columnOf,
  isMissing,
  type NumberColumn,
  requireTable,
  type Table,
} from './table.js'

export interface TableEncodingOptions {
  /** The column that is to be predicted; without it there are inputs alone. */
  readonly target?: string | undefined
  /** Unless given: 'classes' of a target of categories, 'numbers' of one of numbers. */
  readonly task?: 'classes' | 'numbers' | undefined
  /** Columns that are no inputs. */
  readonly drop?: readonly string[] | undefined
  /** What stands for a missing input: an error ('refuse', unless given), or the mean or median of the training rows; for categories the most frequent. */
  readonly impute?: 'refuse' | 'mean' | 'median' | undefined
  /** 'standard', unless given: columns of numbers to mean 0 and variance 1 over the training rows; 'none'. */
  readonly scale?: 'standard' | 'none' | undefined
}

const rules = {
  target: optional(text()),
  task: optional(oneOf(['classes', 'numbers'])),
  drop: optional(listOf(text())),
  impute: oneOf(['refuse', 'mean', 'median'], 'refuse'),
  scale: oneOf(['standard', 'none'], 'standard'),
} satisfies RulesFor<TableEncodingOptions>

export type EncodedColumn =
  | {
      readonly name: string
      readonly kind: 'number'
      readonly shift: number
      readonly scale: number
      /** Stands for a missing value; null where that is an error. */
      readonly fill: number | null
    }
  | {
      readonly name: string
      readonly kind: 'category'
      readonly categories: readonly string[]
      readonly fill: string | null
    }

/** How rows become numbers, learnt from training rows: plain data, which JSON can hold. */
export interface TableEncoding {
  readonly inputs: readonly EncodedColumn[]
  readonly target:
    | null
    | { readonly name: string; readonly kind: 'numbers' }
    | { readonly name: string; readonly kind: 'classes'; readonly classes: readonly string[] }
}

/** Rows as numbers. */
export interface EncodedTable {
  /** [rows, d], float64. */
  readonly inputs: Tensor
  /** Name of each of the d numbers: `age`, or `colour=red` for one of a category. */
  readonly features: readonly string[]
  /** [rows, 1], float64, of a target of numbers that the table has; null otherwise. */
  readonly targets: Tensor | null
  /** [rows], int32, of a target of classes that the table has; null otherwise. */
  readonly labels: Tensor | null
  readonly classes: readonly string[]
}

/**
 * How rows of a table become numbers, learnt from training rows alone: columns of numbers shifted and scaled, categories one-hot.
 * Throws NtkError 'option' for an unknown column, 'data' where something is missing and not to be imputed, or the target has one class.
 */
export function tableEncoding(train: Table, options?: TableEncodingOptions): TableEncoding {
  const { target, task, drop = [], impute, scale } = readOptions('tableEncoding', rules, options)
  requireTable(train, 'train of tableEncoding')
  if (train.rows === 0)
    throw new NtkError('data', { what: `${train.name} needs a row at least.`, got: 'none' })
  for (const name of drop) columnOf(train, name)
  const left = train.columns.filter(({ name }) => name !== target && !drop.includes(name))
  if (left.length === 0)
    throw new NtkError('data', { what: `${train.name} has no column of inputs.`, got: 'none' })
  return {
    inputs: left.map((column) => encodingOf(train, column, impute, scale)),
    target: target === undefined ? null : targetOf(train, columnOf(train, target), task),
  }
}

function encodingOf(
  table: Table,
  column: Column,
  impute: 'refuse' | 'mean' | 'median',
  scale: 'standard' | 'none',
): EncodedColumn {
  if (impute === 'refuse')
    requireWhole(table, column, "Impute it (impute: 'median'), or drop such rows (dropMissing).")
  return column.kind === 'number'
    ? encodingOfNumbers(table, column, impute, scale)
    : encodingOfCategories(table, column, impute)
}

function encodingOfNumbers(
  table: Table,
  { name, values }: NumberColumn,
  impute: 'refuse' | 'mean' | 'median',
  scale: 'standard' | 'none',
): EncodedColumn {
  const known = values.filter((v) => !Number.isNaN(v))
  if (known.length === 0) throw nothingKnown(table, name)
  let mean = 0
  for (const v of known) mean += v / known.length
  const fill = impute === 'median' ? medianOf(known) : mean
  // Of the rows as they will be, what was missing filled in.
  let shift = 0
  for (const v of values) shift += (Number.isNaN(v) ? fill : v) / values.length
  let variance = 0
  for (const v of values) variance += ((Number.isNaN(v) ? fill : v) - shift) ** 2 / values.length
  const deviation = Math.sqrt(variance)
  const varies = deviation > 1e-12 * Math.max(Number.MIN_VALUE, Math.abs(shift))
  return {
    name,
    kind: 'number',
    shift: scale === 'none' ? 0 : shift,
    scale: scale === 'none' || !varies ? 1 : deviation,
    fill: impute === 'refuse' ? null : fill,
  }
}

function medianOf(known: Float64Array): number {
  const sorted = Float64Array.from(known).sort()
  const middle = sorted.length >> 1
  const high = sorted[middle] as number
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] as number) + high) / 2
}

function encodingOfCategories(
  table: Table,
  { name, codes, categories }: CategoryColumn,
  impute: 'refuse' | 'mean' | 'median',
): EncodedColumn {
  const counts = new Float64Array(categories.length)
  for (const code of codes) if (code >= 0) counts[code]! += 1
  // Categories that the training rows lack are unknown to whoever learns from them.
  const seen = categories.filter((_, code) => (counts[code] as number) > 0)
  if (seen.length === 0) throw nothingKnown(table, name)
  const most = categories[counts.indexOf(Math.max(...counts))] as string
  return { name, kind: 'category', categories: seen, fill: impute === 'refuse' ? null : most }
}

function nothingKnown(table: Table, column: string): NtkError {
  return new NtkError('data', {
    what: `${table.name}, column ${column}: all its values are missing.`,
    fix: 'Leave it out (drop).',
  })
}

function requireWhole(table: Table, column: Column, fix: string): void {
  for (let i = 0; i < table.rows; i++) {
    if (isMissing(column, i)) {
      throw new NtkError('data', {
        what: `${table.name}, line ${table.lines[i]}, column ${column.name}: the value is missing.`,
        fix,
      })
    }
  }
}

function targetOf(
  table: Table,
  column: Column,
  task: 'classes' | 'numbers' | undefined,
): TableEncoding['target'] {
  const { name, kind } = column
  requireWhole(table, column, 'Drop such rows (dropMissing): what is to be predicted must be known.')
  if (kind === 'number' && task !== 'classes') return { name, kind: 'numbers' }
  if (kind === 'category' && task === 'numbers') {
    throw new NtkError('data', {
      what: `${table.name}, column ${name}: numbers are needed.`,
      got: 'categories',
    })
  }
  const classes = [...new Set(Array.from({ length: table.rows }, (_, i) => classOf(column, i)))]
  if (kind === 'number') classes.sort((a, b) => Number(a) - Number(b))
  else classes.sort((a, b) => column.categories.indexOf(a) - column.categories.indexOf(b))
  if (classes.length < 2 || classes.length > mostClasses) {
    throw new NtkError('data', {
      what: `${table.name}, column ${name}: 2 to ${mostClasses} classes are needed.`,
      got: String(classes.length),
      fix: classes.length < 2 ? 'Take rows of more classes.' : "Take task: 'numbers'.",
    })
  }
  return { name, kind: 'classes', classes }
}

const mostClasses = 1000

const classOf = (column: Column, i: number): string =>
  column.kind === 'number'
    ? String(column.values[i])
    : (column.categories[column.codes[i] as number] as string)

/**
 * Rows of a table as numbers, by an encoding learnt from others. A table without the target column has inputs alone.
 * Throws NtkError 'data', with line and column, for a missing value that is not imputed, and for a category or a class that the training rows lack.
 */
export function encodeTable(table: Table, encoding: TableEncoding): EncodedTable {
  requireTable(table, 'table of encodeTable')
  const given: unknown = encoding
  if (!isRecord(given) || !Array.isArray(given['inputs'])) {
    throw new NtkError('value', { what: 'encodeTable needs what tableEncoding gives.', got: show(encoding) })
  }
  const { rows } = table
  const widths = encoding.inputs.map((column) => (column.kind === 'number' ? 1 : column.categories.length))
  const d = widths.reduce((a, b) => a + b, 0)
  const out = new Float64Array(rows * d)
  let at = 0
  encoding.inputs.forEach((how, k) => {
    writeColumn(table, columnOf(table, how.name), how, out.subarray(at), d)
    at += widths[k] as number
  })
  return {
    inputs: tensorFromData(out, [rows, d]),
    features: encoding.inputs.flatMap((column) =>
      column.kind === 'number'
        ? [column.name]
        : column.categories.map((category) => `${column.name}=${category}`),
    ),
    ...encodeTarget(table, encoding.target),
  }
}

/** Writes a column at the head of `out`, whose rows are `stride` apart. */
function writeColumn(
  table: Table,
  column: Column,
  how: EncodedColumn,
  out: Float64Array,
  stride: number,
): void {
  const { name, lines, rows } = table
  if (column.kind !== how.kind) {
    throw new NtkError('data', {
      what: `${name}, column ${how.name}: ${how.kind === 'number' ? 'numbers are' : 'a category is'} needed, as in training.`,
      got: column.kind,
    })
  }
  if (how.fill === null)
    requireWhole(table, column, 'Learn the encoding with impute, or drop such rows (dropMissing).')
  if (column.kind === 'number' && how.kind === 'number') {
    for (let i = 0; i < rows; i++) {
      const v = column.values[i] as number
      out[i * stride] = ((Number.isNaN(v) ? (how.fill as number) : v) - how.shift) / how.scale
    }
  } else if (column.kind === 'category' && how.kind === 'category') {
    const places = column.categories.map((category) => how.categories.indexOf(category))
    const filled = how.fill === null ? -1 : how.categories.indexOf(how.fill)
    for (let i = 0; i < rows; i++) {
      const code = column.codes[i] as number
      const place = code < 0 ? filled : (places[code] as number)
      if (place < 0)
        throw unknown(name, lines[i] as number, how.name, column.categories[code], how.categories)
      out[i * stride + place] = 1
    }
  }
}

function unknown(
  table: string,
  line: number,
  column: string,
  got: string | undefined,
  known: readonly string[],
): NtkError {
  return new NtkError('data', {
    what: `${table}, line ${line}, column ${column}: the training rows have ${known.slice(0, 10).join(', ')}${known.length > 10 ? ', ...' : ''} only.`,
    got: show(got),
    fix: 'Train on rows that have it too, or leave the row or the column out.',
  })
}

function encodeTarget(
  table: Table,
  target: TableEncoding['target'],
): Pick<EncodedTable, 'targets' | 'labels' | 'classes'> {
  const classes = target?.kind === 'classes' ? target.classes : []
  const column = table.columns.find(({ name }) => name === target?.name)
  if (target === null || column === undefined) return { targets: null, labels: null, classes }
  requireWhole(table, column, 'Drop such rows (dropMissing): what is to be predicted must be known.')
  if (target.kind === 'numbers') {
    if (column.kind === 'category') {
      throw new NtkError('data', {
        what: `${table.name}, column ${target.name}: numbers are needed.`,
        got: 'categories',
      })
    }
    return { targets: tensorFromData(column.values.slice(), [table.rows, 1]), labels: null, classes }
  }
  const places = new Map(target.classes.map((name, i) => [name, i]))
  const labels = Int32Array.from({ length: table.rows }, (_, i) => {
    const name = classOf(column, i)
    const label = places.get(name)
    if (label === undefined)
      throw unknown(table.name, table.lines[i] as number, target.name, name, target.classes)
    return label
  })
  return { targets: null, labels: tensorFromData(labels, [table.rows]), classes }
}
