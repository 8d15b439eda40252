import { NtkError } from '@ntk/tensor'
import type { Column } from './table.js'

export type ColumnType = 'number' | 'category' | 'skip'

/** How a field is read. */
export interface FieldRules {
  readonly missing: ReadonlySet<string>
  readonly decimal: '.' | ','
}

const decimalNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const commaNumber = /^[+-]?\d*,\d+(?:[eE][+-]?\d+)?$/

/** The number of a field, null where it is none (or too large to be one). */
export function numberOf(field: string, { decimal }: FieldRules): number | null {
  const text = decimal === ',' ? field.replace(',', '.') : field
  if (!decimalNumber.test(text) || (decimal === ',' && field.includes('.'))) return null
  const value = Number(text)
  return Number.isFinite(value) ? value : null
}

/** Different values of a column of categories, at most. */
export const mostCategories = 1000

/** What the first walk over a table finds out about one column. */
export class ColumnSurvey {
  numbers = 0
  missing = 0
  others = 0
  commas = 0
  /** The first field that is a number, and the first that is none, with their lines. */
  firstNumber: { readonly text: string; readonly line: number } | null = null
  firstOther: { readonly text: string; readonly line: number } | null = null
  readonly values: Set<string> = new Set()

  add(field: string, line: number, rules: FieldRules): void {
    if (rules.missing.has(field)) {
      this.missing += 1
      return
    }
    if (this.values.size <= mostCategories) this.values.add(field)
    if (numberOf(field, rules) !== null) {
      this.numbers += 1
      this.firstNumber ??= { text: field, line }
    } else {
      this.others += 1
      if (rules.decimal === '.' && commaNumber.test(field)) this.commas += 1
      this.firstOther ??= { text: field, line }
    }
  }

  /** The type of the column: as it was asked for, or what all its values are. Throws 'data' where they are of two kinds. */
  typeOf(where: string, wanted: ColumnType | undefined): ColumnType {
    const { firstNumber, firstOther } = this
    if (wanted === 'number' && firstOther !== null) {
      throw new NtkError('data', {
        what: `${where}, line ${firstOther.line}: a number is needed.`,
        got: JSON.stringify(firstOther.text),
        fix: 'Repair that line, name what stands for a missing value (missing), or make it a category (types).',
      })
    }
    if (wanted === 'skip' || wanted === 'number') return wanted
    if (wanted === undefined && firstOther === null) return 'number'
    if (wanted === undefined && firstNumber !== null && firstOther !== null) {
      throw new NtkError('data', {
        what: `${where} has numbers (${firstNumber.text} in line ${firstNumber.line}) and other values.`,
        got: `${JSON.stringify(firstOther.text)} in line ${firstOther.line}`,
        fix: 'Say what stands for a missing value (missing), or that it is a category (types), or leave it out (types: skip).',
      })
    }
    if (wanted === undefined && this.commas > 0 && this.commas === this.others) {
      throw new NtkError('data', {
        what: `${where} looks like numbers with a decimal comma.`,
        got: JSON.stringify(firstOther?.text),
        fix: "Say decimal: ',', or that it is a category (types).",
      })
    }
    if (this.values.size > mostCategories) {
      throw new NtkError('data', {
        what: `${where} has more than ${mostCategories} different values, too many for a category.`,
        got: `${[...this.values]
          .slice(0, 3)
          .map((v) => JSON.stringify(v))
          .join(', ')}, ...`,
        fix: 'Leave it out (types: skip).',
      })
    }
    return 'category'
  }
}

/** A column that is filled row by row. */
export interface ColumnWriter {
  set(row: number, field: string): void
  readonly column: Column
}

export function columnWriter(
  name: string,
  type: 'number' | 'category',
  survey: ColumnSurvey,
  rows: number,
  rules: FieldRules,
): ColumnWriter {
  if (type === 'number') {
    const values = new Float64Array(rows)
    return {
      column: { name, kind: 'number', values },
      set: (row, field) => {
        values[row] = rules.missing.has(field) ? Number.NaN : (numberOf(field, rules) ?? Number.NaN)
      },
    }
  }
  const categories = inOrder([...survey.values], rules)
  const codes = new Int32Array(rows)
  const codeOf = new Map(categories.map((category, code) => [category, code]))
  return {
    column: { name, kind: 'category', codes, categories },
    set: (row, field) => {
      codes[row] = rules.missing.has(field) ? -1 : (codeOf.get(field) ?? -1)
    },
  }
}

/** By size where all are numbers, else by code units: the same whichever row comes first. */
function inOrder(categories: string[], rules: FieldRules): string[] {
  const numbers = categories.map((category) => numberOf(category, rules))
  if (numbers.every((value) => value !== null)) {
    return categories.sort((a, b) => (numberOf(a, rules) ?? 0) - (numberOf(b, rules) ?? 0))
  }
  return categories.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}
