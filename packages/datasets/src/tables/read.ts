import { NtkError } from '@ntk/tensor'
import {
  boolean,
  listOf,
  oneOf,
  optional,
  positiveInteger,
  type RulesFor,
  recordOf,
  suggestion,
  text,
} from '@ntk/tensor/options'
import {
  ColumnSurvey,
  type ColumnType,
  type ColumnWriter,
  columnWriter,
  type FieldRules,
  numberOf,
} from './columns.js'
import { type CsvReader, type CsvRow, csvReader, findSeparator, type Separator } from './csv.js'
import type { Table } from './table.js'

export interface TableOptions {
  /** Stands in messages; 'the table' or the path unless given. */
  readonly name?: string | undefined
  /** Whether the first row has the names of the columns, found out unless given. Without, they are column1, column2, ... */
  readonly header?: boolean | undefined
  /** Found out unless given; 'whitespace' stands for any number of blanks and tabs. */
  readonly separator?: Separator | undefined
  /** '.' unless given. */
  readonly decimal?: '.' | ',' | undefined
  /** What stands for a missing value: nothing, `?`, NA, N/A, NaN, nan, null and NULL unless given. */
  readonly missing?: readonly string[] | undefined
  /** Of columns by name: as what they are read. Unless given, a column whose values all are numbers is one of numbers. */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined
  /** Only the first so many rows. */
  readonly limit?: number | undefined
}

const missingWords: readonly string[] = ['', '?', 'NA', 'N/A', 'NaN', 'nan', 'null', 'NULL']

export const tableRules: RulesFor<TableOptions> = {
  name: optional(text()),
  header: optional(boolean()),
  separator: optional(oneOf([',', ';', '\t', '|', 'whitespace'])),
  decimal: oneOf(['.', ','], '.'),
  missing: optional(listOf(text())),
  types: optional(recordOf(oneOf(['number', 'category', 'skip']))),
  limit: optional(positiveInteger()),
}

/** Characters by which the separator is found out. */
const headLength = 2 ** 16

/** Bytes of a table as rows; what a decoder and a reader must keep between pieces is kept here. */
class Walk {
  private readonly decoder = new TextDecoder('utf-8', { fatal: true })
  private head: string | null = ''
  private reader: CsvReader | null = null
  private first = true

  constructor(
    private readonly name: string,
    public separator: Separator | undefined,
    private readonly onRow: (row: CsvRow) => void,
  ) {}

  push(bytes: Uint8Array): void {
    if (this.first) {
      this.first = false
      const [a, b] = bytes
      if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) throw notText(this.name, 'UTF-16')
      if (a === 0x1f && b === 0x8b) throw notText(this.name, 'a gzip file')
    }
    this.take(this.decoded(bytes, true))
  }

  end(): Separator {
    this.take(this.decoded(new Uint8Array(0), false))
    this.begin(true)?.end()
    return this.separator ?? ','
  }

  private decoded(bytes: Uint8Array, stream: boolean): string {
    try {
      // The decoder takes a byte order mark away.
      return this.decoder.decode(bytes, { stream })
    } catch (cause) {
      throw notText(this.name, 'bytes that are no UTF-8', cause)
    }
  }

  private take(text: string): void {
    if (this.head === null) {
      this.reader?.push(text)
      return
    }
    this.head += text
    if (this.head.length >= headLength) this.begin(false)
  }

  private begin(whole: boolean): CsvReader | null {
    if (this.head === null) return this.reader
    const { head, name, onRow } = this
    this.separator ??= findSeparator(head.slice(0, headLength), whole && head.length <= headLength, name)
    this.reader = csvReader({ name, separator: this.separator, onRow })
    this.head = null
    this.reader.push(head)
    return this.reader
  }
}

function notText(name: string, got: string, cause?: unknown): NtkError {
  return new NtkError('data', {
    what: `${name} must be text in UTF-8.`,
    got,
    fix: 'Unpack it, or save it as UTF-8.',
    cause,
  })
}

/** A row beyond the limit. */
const enough = Symbol('enough')

/**
 * Two walks over the same bytes: the first finds out what each column is, so that the second fills typed arrays. Memory is the table's, whatever
 * the length of the file. `survey` and `fill` take pieces of any size.
 */
export class TableBuilder {
  private readonly rules: FieldRules
  private readonly surveys: ColumnSurvey[] = []
  private firstRow: CsvRow | null = null
  private separator: Separator | undefined
  private rows = 0
  private names: readonly string[] = []
  private writers: readonly (ColumnWriter | null)[] = []
  private lines: Int32Array = new Int32Array(0)
  private filled = 0
  private skipFirst = false
  private walk: Walk | null = null

  constructor(
    readonly name: string,
    private readonly options: TableOptions,
  ) {
    const { missing = missingWords, decimal = '.', separator } = options
    this.rules = { missing: new Set(missing), decimal }
    this.separator = separator
  }

  /** One piece of the first walk; whether more is wanted. */
  survey(bytes: Uint8Array): boolean {
    return this.step(bytes, (row) => this.surveyRow(row))
  }

  /** One piece of the second walk; whether more is wanted. */
  fill(bytes: Uint8Array): boolean {
    return this.step(bytes, (row) => this.fillRow(row))
  }

  private step(bytes: Uint8Array, onRow: (row: CsvRow) => void): boolean {
    this.walk ??= new Walk(this.name, this.separator, onRow)
    try {
      this.walk.push(bytes)
      return true
    } catch (error) {
      if (error !== enough) throw error
      this.separator = this.walk.separator
      this.walk = null
      return false
    }
  }

  private endWalk(): void {
    if (this.walk === null) return
    try {
      this.separator = this.walk.end()
    } catch (error) {
      if (error !== enough) throw error
      this.separator = this.walk.separator
    }
    this.walk = null
  }

  private surveyRow(row: CsvRow): void {
    const { firstRow, surveys, options } = this
    if (firstRow === null) {
      this.firstRow = row
      for (let i = 0; i < row.fields.length; i++) surveys.push(new ColumnSurvey())
      return
    }
    if (row.fields.length !== firstRow.fields.length) {
      const at = Math.min(row.fields.length, firstRow.fields.length) + 1
      throw new NtkError('data', {
        what: `${this.name}, line ${row.line}: every row must have ${firstRow.fields.length} fields, as line ${firstRow.line} has.`,
        got: `${row.fields.length} (column ${at} is ${row.fields.length < at ? 'absent' : 'too many'})`,
        fix: 'Repair that line, or say which separator the table has.',
      })
    }
    row.fields.forEach((field, i) => surveys[i]?.add(field, row.line, this.rules))
    this.rows += 1
    // One more than the limit, for the first may turn out to be a row too.
    if (this.rows >= (options.limit ?? Infinity)) throw enough
  }

  /** Between the walks: names and types of the columns. */
  decide(): void {
    this.endWalk()
    const { firstRow, name, options, rules, surveys } = this
    if (firstRow === null) throw new NtkError('data', { what: `${name} is empty.`, got: 'no row' })
    const header = options.header ?? this.guessHeader(firstRow)
    this.skipFirst = header
    this.names = header ? headerNames(firstRow, name) : firstRow.fields.map((_, i) => `column${i + 1}`)
    if (!header) {
      firstRow.fields.forEach((field, i) => surveys[i]?.add(field, firstRow.line, rules))
      this.rows += 1
    }
    this.rows = Math.min(this.rows, options.limit ?? Infinity)
    const types = options.types ?? {}
    const unknown = Object.keys(types).find((column) => !this.names.includes(column))
    if (unknown !== undefined) {
      throw new NtkError('option', {
        what: `${name} has no column "${unknown}", of which types speaks.`,
        fix: suggestion(unknown, this.names),
      })
    }
    if (this.rows === 0) {
      throw new NtkError('data', { what: `${name} has no row.`, got: 'the names of its columns alone' })
    }
    this.writers = this.names.map((column, i) => {
      const survey = surveys[i] as ColumnSurvey
      const type = survey.typeOf(`${name}, column ${i + 1} (${column})`, types[column])
      return type === 'skip' ? null : columnWriter(column, type, survey, this.rows, rules)
    })
    this.lines = new Int32Array(this.rows)
  }

  private guessHeader({ fields, line }: CsvRow): boolean {
    const { surveys, rules, name } = this
    if (fields.some((field) => numberOf(field, rules) !== null)) return false
    const absent = fields.some((field) => field !== '' && rules.missing.has(field))
    // Names stand over numbers; words over words may be a row as well.
    if (!absent && surveys.some(({ numbers, others }) => numbers > 0 && others === 0)) return true
    throw new NtkError('data', {
      what: `Line ${line} of ${name} may be a row, or the names of the columns.`,
      got: fields
        .slice(0, 4)
        .map((field) => JSON.stringify(field))
        .join(', '),
      fix: 'Say header: true or header: false.',
    })
  }

  private fillRow(row: CsvRow): void {
    if (this.skipFirst) {
      this.skipFirst = false
      return
    }
    if (this.filled >= this.rows) throw enough
    this.writers.forEach((writer, i) => writer?.set(this.filled, row.fields[i] ?? ''))
    this.lines[this.filled] = row.line
    this.filled += 1
  }

  /** After the second walk. Throws 'data' where it saw fewer rows than the first. */
  table(): Table {
    this.endWalk()
    const { name, rows, lines, filled } = this
    if (filled !== rows) {
      throw new NtkError('data', {
        what: `${name} changed while it was read.`,
        got: `${filled} rows after ${rows}`,
      })
    }
    const columns = this.writers.flatMap((writer) => (writer === null ? [] : [writer.column]))
    return { name, rows, columns, lines }
  }
}

function headerNames({ fields, line }: CsvRow, name: string): readonly string[] {
  const names = fields.map((field, i) => (field === '' ? `column${i + 1}` : field))
  const twice = names.find((column, i) => names.indexOf(column) !== i)
  if (twice === undefined) return names
  throw new NtkError('data', {
    what: `${name}, line ${line}: names of columns must differ.`,
    got: `${JSON.stringify(twice)} twice`,
    fix: 'Rename one, or say header: false.',
  })
}
