import { cpuBackend, foldIn, type Key, key, NtkError, normal, uniform } from '@ntk/tensor'
import {
  aKey,
  nonNegativeInteger,
  optional,
  type RulesFor,
  readOptions,
  requireWord,
} from '@ntk/tensor/options'
import { type GeneratedName, generatedNames, type Recipe, recipes } from './recipes.js'
import type { Column, Table } from './table.js'

export interface GenerateTableOptions {
  /** key(0) unless given. */
  readonly key?: Key | undefined
  /** Rows; as many as the table has by itself unless given. */
  readonly n?: number | undefined
}

/** A table that was made, and what is to be predicted of it. */
export interface GeneratedTable {
  readonly table: Table
  /** The column to be predicted. */
  readonly target: string
  readonly task: 'classes' | 'numbers'
  /** What it tries, in a sentence. */
  readonly about: string
}

const rules = {
  key: optional(aKey()),
  n: optional(nonNegativeInteger()),
} satisfies RulesFor<GenerateTableOptions>

// Random numbers are read on the host whatever backend is the default.
const backend = cpuBackend()

/**
 * One of ten tables as those of the UCI repository are, made by a key: what estimators are tried on without a download. Row i depends on the
 * key and i only (of `repeated-rows`, on those before it too), so that a longer table begins with the shorter one.
 */
export function generateTable(name: GeneratedName, options?: GenerateTableOptions): GeneratedTable {
  requireWord(name, generatedNames, 'name of generateTable')
  const { key: tableKey = key(0), n } = readOptions('generateTable', rules, options)
  const recipe: Recipe = recipes[name]
  const rows = n ?? recipe.rows
  const columns = recipe.columns.map((column): Column => {
    if (column.categories === undefined) {
      return { name: column.name, kind: 'number', values: new Float64Array(rows) }
    }
    return { name: column.name, kind: 'category', codes: new Int32Array(rows), categories: column.categories }
  })
  const rowKey = foldIn(tableKey, generatedNames.indexOf(name))
  for (let i = 0; i < rows; i++) {
    const own = foldIn(rowKey, recipe.sameAs?.(i) ?? i)
    const draws = normal(foldIn(own, 0), [recipe.normals], { backend }).dataSync()
    const chances = uniform(foldIn(own, 1), [recipe.uniforms], { backend }).dataSync()
    // What is drawn anew also where the inputs are repeated.
    const [luck = 0] = uniform(foldIn(foldIn(rowKey, i), 2), [1], { backend }).dataSync()
    const values = recipe.row(draws, chances, luck)
    columns.forEach((column, c) => {
      const value = values[c]
      if (value === undefined)
        throw new NtkError('value', { what: `${name} lacks a value of ${column.name}.` })
      if (column.kind === 'number') column.values[i] = value
      else column.codes[i] = Number.isNaN(value) ? -1 : value
    })
  }
  return {
    table: { name, rows, columns, lines: Int32Array.from({ length: rows }, (_, i) => i + 1) },
    target: recipe.target,
    task:
      recipe.columns.find((column) => column.name === recipe.target)?.categories === undefined
        ? 'numbers'
        : 'classes',
    about: recipe.about,
  }
}
