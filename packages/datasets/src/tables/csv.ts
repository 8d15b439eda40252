import { NtkError } from '@ntk/tensor'

export type Separator = ',' | ';' | '\t' | '|' | 'whitespace'

/** One line of a table: several where a quoted field goes over their ends. */
export interface CsvRow {
  readonly fields: readonly string[]
  /** Counted from 1: where it begins. */
  readonly line: number
}

export interface CsvReader {
  push(text: string): void
  end(): void
}

export interface CsvCall {
  readonly name: string
  readonly separator: Separator
  readonly onRow: (row: CsvRow) => void
}

/** Characters of one field and fields of one row: what is beyond is a quote that was never closed, or no table. */
const longestField = 2 ** 20
const mostFields = 2 ** 17

const quote = 0x22
const lf = 0x0a
const cr = 0x0d
const blank = 0x20
const tab = 0x09

/**
 * A reader of separated values (RFC 4180) that takes text in pieces of any size and keeps one row: fields may be quoted, `""` is a quote
 * inside one, lines end in LF, CRLF or CR, blanks around a field that is not quoted are no part of it, blank lines are skipped.
 * Throws NtkError 'data' with line and column for text behind a closing quote, quotes that are never closed, and NUL.
 */
export function csvReader({ name, separator, onRow }: CsvCall): CsvReader {
  const between = separator === 'whitespace' ? -1 : separator.charCodeAt(0)
  let fields: string[] = []
  /** What is known of the current field from earlier pieces. */
  let held = ''
  let state: 'start' | 'plain' | 'quoted' | 'closed' = 'start'
  let line = 1
  let rowLine = 1
  let fieldLine = 1
  let afterCr = false

  const bad = (what: string, got?: string): NtkError =>
    new NtkError('data', {
      what: `${name}, line ${fieldLine}, column ${fields.length + 1}: ${what}`,
      got,
      fix: 'Repair that line, or say which separator the table has.',
    })
  const add = (text: string): void => {
    held += text
    if (held.length > longestField)
      throw bad(
        `a field is longer than ${longestField} characters.`,
        'a quote that is never closed, or no table',
      )
  }
  const endField = (): void => {
    fields.push(state === 'quoted' || state === 'closed' ? held : held.trim())
    if (fields.length > mostFields) throw bad(`a row has more than ${mostFields} fields.`)
    held = ''
    state = 'start'
    fieldLine = line
  }
  const endRow = (): void => {
    // Of blanks, one behind the last field separates it from nothing.
    const open = state !== 'start' || separator !== 'whitespace'
    if (open && (state !== 'start' || fields.length > 0)) endField()
    const row = fields
    const at = rowLine
    fields = []
    rowLine = line
    fieldLine = line
    if (row.length > 1 || (row.length === 1 && row[0] !== '')) onRow({ fields: row, line: at })
  }

  const push = (text: string): void => {
    let from = 0
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (afterCr) {
        afterCr = false
        if (code === lf) {
          from = i + 1
          if (state === 'quoted') add('\n')
          continue
        }
      }
      if (code === 0) throw bad('a table of text holds no NUL.', 'a binary file, or text in UTF-16')
      if (state === 'quoted') {
        if (code === quote) {
          add(text.slice(from, i))
          state = 'closed'
        } else {
          if (code === lf) line += 1
          continue
        }
        from = i + 1
        continue
      }
      const separates = between < 0 ? code === blank || code === tab : code === between
      if (code === lf || code === cr) {
        if (state === 'plain') add(text.slice(from, i))
        line += 1
        endRow()
        afterCr = code === cr
        from = i + 1
      } else if (separates) {
        if (state === 'plain') add(text.slice(from, i))
        if (between >= 0 || state !== 'start') endField()
        from = i + 1
      } else if (state === 'closed') {
        if (code === quote) {
          // Two quotes are one.
          add('"')
          state = 'quoted'
          from = i + 1
        } else if (code !== blank && code !== tab) {
          throw bad(
            'behind a closing quote only a separator may come.',
            JSON.stringify(text.slice(i, i + 12)),
          )
        }
      } else if (state === 'start') {
        if (code === quote) {
          state = 'quoted'
          from = i + 1
        } else if (code !== blank && code !== tab) {
          state = 'plain'
          from = i
        }
      }
    }
    if (state === 'plain' || state === 'quoted') add(text.slice(from))
  }

  return {
    push,
    end() {
      if (state === 'quoted') throw bad('its quote is never closed.')
      endRow()
    },
  }
}

const candidates: readonly Exclude<Separator, 'whitespace'>[] = [',', ';', '\t', '|']

/**
 * The separator of a table that begins so: the one that every line has equally often, of several the file must be told.
 * Throws NtkError 'data' where several could be meant.
 */
export function findSeparator(head: string, whole: boolean, name: string): Separator {
  const fits = (separator: Separator): number => {
    const counts: number[] = []
    try {
      const reader = csvReader({ name, separator, onRow: ({ fields }) => void counts.push(fields.length) })
      reader.push(head)
      if (whole) reader.end()
    } catch {
      return 0
    }
    const [first = 1] = counts
    return first > 1 && counts.every((count) => count === first) ? first : 0
  }
  const found = candidates.filter((separator) => fits(separator) > 0)
  if (found.length === 1) return found[0] as Separator
  if (found.length > 1) {
    throw new NtkError('data', {
      what: `${name} could be separated by ${found.map((s) => JSON.stringify(s)).join(' or ')}.`,
      fix: 'Say it by the option separator.',
    })
  }
  const others = candidates.filter((separator) => separator !== '\t' && head.includes(separator))
  if (others.length === 0 && fits('whitespace') > 0) return 'whitespace'
  if (candidates.some((separator) => head.includes(separator))) {
    // Uneven lines: the reader names the first that is, by the separator that is most frequent.
    const counts = candidates.map((separator) => head.split(separator).length)
    return candidates[counts.indexOf(Math.max(...counts))] as Separator
  }
  return /\S +\S/.test(head) ? 'whitespace' : ','
}
