import { key } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import {
  type Column,
  dropMissing,
  encodeTable,
  splitTable,
  type TableOptions,
  tableEncoding,
  tableFromCsv,
} from '../src/index.js'
import { errorOf } from './support.js'

const valuesOf = (column: Column | undefined): unknown =>
  column === undefined
    ? null
    : column.kind === 'number'
      ? Array.from(column.values)
      : Array.from(column.codes, (code) => column.categories[code] ?? null)
const read = (csv: string | Uint8Array, options?: TableOptions): Record<string, unknown> =>
  Object.fromEntries(tableFromCsv(csv, options).columns.map((column) => [column.name, valuesOf(column)]))
const message = (csv: string | Uint8Array, options?: TableOptions): string => {
  const error = errorOf(() => tableFromCsv(csv, options))
  return `${error.code}: ${error.message}`
}

describe('a table', () => {
  it('has columns of numbers and of categories under the names of its first row', () => {
    expect(read('age,colour\n31,red\n-1.5e2,blue\n.5,red\n')).toEqual({
      age: [31, -150, 0.5],
      colour: ['red', 'blue', 'red'],
    })
  })

  it('without names has column1, column2, ...', () => {
    expect(read('5.1,3.5,Iris-setosa\n4.9,3.0,Iris-setosa')).toEqual({
      column1: [5.1, 4.9],
      column2: [3.5, 3],
      column3: ['Iris-setosa', 'Iris-setosa'],
    })
    expect(read('a,1\nb,2', { header: false })).toEqual({ column1: ['a', 'b'], column2: [1, 2] })
    expect(read('2019,2020\n1,2', { header: true })).toEqual({ 2019: [1], 2020: [2] })
  })

  it.each([
    ['commas', 'x,y\n1,2\n3,4\n'],
    ['semicolons', 'x;y\n1;2\n3;4\n'],
    ['tabs', 'x\ty\n1\t2\n3\t4\n'],
    ['bars', 'x|y\n1|2\n3|4\n'],
    ['blanks', '  x   y\n 1 2  \n3\t 4\n'],
    ['CRLF', 'x,y\r\n1,2\r\n3,4\r\n'],
    ['CR', 'x,y\r1,2\r3,4'],
    ['blanks around', 'x , y\n 1, 2\n3 ,4'],
    ['blank lines', '\nx,y\n\n1,2\n   \n3,4\n\n'],
    ['a byte order mark', '\ufeffx,y\n1,2\n3,4'],
    ['quotes', '"x","y"\n"1",2\n3,"4"\n'],
  ])('separated by %s', (_case, csv) => {
    expect(read(csv)).toEqual({ x: [1, 3], y: [2, 4] })
  })

  it('may have quotes, separators and ends of lines in quoted fields', () => {
    const csv = 'n,"a ""b"", c"\n1,"x, ""y"""\n2,"two\r\nlines"\n3,plain "quotes" inside\n4,""\n'
    expect(read(csv)).toEqual({
      n: [1, 2, 3, 4],
      'a "b", c': ['x, "y"', 'two\r\nlines', 'plain "quotes" inside', null],
    })
    expect(tableFromCsv(csv).lines).toEqual(Int32Array.of(2, 3, 5, 6))
  })

  it('knows missing values by their words', () => {
    expect(read('a,b\n1,x\n?,NA\n3,\n', {})).toEqual({ a: [1, Number.NaN, 3], b: ['x', null, null] })
    expect(read('a,b\n1,x\n-9,y\n', { missing: ['-9'] })).toEqual({ a: [1, Number.NaN], b: ['x', 'y'] })
  })

  it('takes types, a decimal comma and a limit', () => {
    expect(read('id,z\n1,10\n2,9\n', { types: { id: 'skip', z: 'category' } })).toEqual({ z: ['10', '9'] })
    expect(tableFromCsv('z\n10\n9\n', { types: { z: 'category' } }).columns[0]).toMatchObject({
      categories: ['9', '10'],
    })
    expect(read('a;b\n1,5;2\n2,25;3\n', { decimal: ',', separator: ';' })).toEqual({
      a: [1.5, 2.25],
      b: [2, 3],
    })
    expect(read('a,b\n1,2\n3,4\nx,y,z\n', { limit: 2 })).toEqual({ a: [1, 3], b: [2, 4] })
    expect(read('1,2\n3,4\n5,6\n', { limit: 2 })).toEqual({ column1: [1, 3], column2: [2, 4] })
  })

  it.each<[string, string | Uint8Array, TableOptions, RegExp]>([
    [
      'a row that is too short',
      'a,b\n1,2\n3\n',
      {},
      /line 3: every row must have 2 fields.*Got 1 \(column 2 is absent/,
    ],
    ['a row that is too long', 'a,b\n1,2\n3,4,5\n', {}, /line 3: .*Got 3 \(column 3 is too many/],
    [
      'a word among numbers',
      'a,b\n1,2\n3,four\n',
      {},
      /column 2 \(b\) has numbers \(2 in line 2\).*"four" in line 3/,
    ],
    ['a number too large', 'a,b\n1,2\n1e999,3\n', {}, /column 1 \(a\).*"1e999" in line 3/],
    [
      'a word where numbers are due',
      'a,b\nx,1\n',
      { types: { a: 'number' } },
      /column 1 \(a\), line 2: a number is needed/,
    ],
    ['text behind a quote', 'a,b\n"x"y,1\n', {}, /line 2, column 1: behind a closing quote/],
    ['a quote that is not closed', 'a,b\n1,"x\n2,y\n', {}, /line 2, column 2: its quote is never closed/],
    ['words over words', 'a,b\nc,d\n', {}, /Line 1 of .* may be a row/],
    ['two separators', 'a,b;c\n1,2;3\n', {}, /separated by "," or ";"/],
    ['a decimal comma', 'a;b\n"1,5";2\n"2,5";3\n', { separator: ';' }, /decimal comma/],
    ['two columns of one name', 'a,a\n1,2\n', {}, /"a" twice/],
    ['nothing', '', {}, /is empty/],
    ['names alone', 'a,b\n', { header: true }, /has no row/],
    ['an unknown column', 'age,b\n1,2\n', { types: { agee: 'skip' } }, /Did you mean "age"/],
    ['UTF-16', Uint8Array.of(0xff, 0xfe, 65, 0), {}, /UTF-8.*UTF-16/],
    ['other bytes', Uint8Array.of(65, 44, 0xe9, 10), {}, /no UTF-8/],
    ['a binary file', Uint8Array.of(65, 44, 0, 10), { separator: ',' }, /NUL/],
    ['a gzip file', Uint8Array.of(0x1f, 0x8b, 8, 0), {}, /gzip/],
  ])('with %s is refused by line and column', (_case, csv, options, what) => {
    expect(message(csv, options)).toMatch(what)
    expect(message(csv, options)).toMatch(/^(data|option): /)
  })

  it('has at most a thousand categories', () => {
    const rows = (n: number): string =>
      `a,b\n${Array.from({ length: n }, (_, i) => `id${i},${i}`).join('\n')}`
    expect(tableFromCsv(rows(1000)).rows).toBe(1000)
    expect(message(rows(1001))).toMatch(/more than 1000 different values/)
  })
})

describe('rows as numbers', () => {
  const table = tableFromCsv('size,colour,price\n1,red,10\n2,blue,20\n3,red,60\n')

  it('have columns of numbers in standard scale, categories one-hot, and the target apart', () => {
    const encoding = tableEncoding(table, { target: 'price' })
    const { inputs, features, targets, labels } = encodeTable(table, encoding)
    expect(features).toEqual(['size', 'colour=blue', 'colour=red'])
    const s = Math.sqrt(3 / 2)
    const found = inputs.toNested() as number[][]
    for (const [i, row] of [
      [-s, 0, 1],
      [0, 1, 0],
      [s, 0, 1],
    ].entries())
      for (const [j, v] of row.entries()) expect(found[i]?.[j]).toBeCloseTo(v, 14)
    expect(targets?.toNested()).toEqual([[10], [20], [60]])
    expect(labels).toBeNull()
    // Plain data: what JSON holds does the same.
    const again = encodeTable(table, JSON.parse(JSON.stringify(encoding)))
    expect(again.inputs.toNested()).toEqual(inputs.toNested())
  })

  it('use what was learnt from the training rows alone', () => {
    const { train, test } = splitTable(table, { train: 2 })
    const encoding = tableEncoding(train, { target: 'price' })
    expect(encodeTable(test, encoding).inputs.toNested()).toEqual([[3, 0, 1]])
    const onlyRed = tableEncoding(splitTable(table, { train: 1 }).train, { target: 'price' })
    expect(errorOf(() => encodeTable(table, onlyRed)).message).toMatch(
      /line 3, column colour: the training rows have red only\. Got "blue"/,
    )
  })

  it('have classes of words, and of numbers where that is asked for', () => {
    const { labels, classes } = encodeTable(table, tableEncoding(table, { target: 'colour' }))
    expect([labels?.toNested(), classes]).toEqual([
      [1, 0, 1],
      ['blue', 'red'],
    ])
    const ofNumbers = encodeTable(table, tableEncoding(table, { target: 'price', task: 'classes' }))
    expect([ofNumbers.labels?.toNested(), ofNumbers.classes]).toEqual([
      [0, 1, 2],
      ['10', '20', '60'],
    ])
    expect(errorOf(() => tableEncoding(table, { target: 'colour', task: 'numbers' })).code).toBe('data')
  })

  it('refuse what is missing by line and column, or impute it from the training rows', () => {
    const holes = tableFromCsv('a,b,y\n1,x,0\n?,x,1\n5,,0\n9,z,1\n')
    expect(errorOf(() => tableEncoding(holes, { target: 'y' })).message).toMatch(
      /line 3, column a: the value is missing/,
    )
    const plain = { target: 'y', scale: 'none' } as const
    const median = encodeTable(holes, tableEncoding(holes, { ...plain, impute: 'median' }))
    expect(median.inputs.toNested()).toEqual([
      [1, 1, 0],
      [5, 1, 0],
      [5, 1, 0],
      [9, 0, 1],
    ])
    const mean = encodeTable(holes, tableEncoding(holes, { ...plain, impute: 'mean', drop: ['b'] }))
    expect(mean.inputs.toNested()).toEqual([[1], [5], [5], [9]])
    expect(dropMissing(holes).lines).toEqual(Int32Array.of(2, 5))
    expect(errorOf(() => tableEncoding(holes, { target: 'a', impute: 'mean' })).message).toMatch(
      /column a: the value is missing/,
    )
    const learnt = tableEncoding(dropMissing(holes), { target: 'y' })
    expect(errorOf(() => encodeTable(holes, learnt)).message).toMatch(/line 3, column a/)
  })

  it('are drawn by a key: the same for the same, every row once', () => {
    const rows = tableFromCsv(`a\n${Array.from({ length: 50 }, (_, i) => i).join('\n')}\n`)
    const [one, two] = [1, 1].map(() => splitTable(rows, { train: 30, key: key(4) }))
    expect(one?.train.lines).toEqual(two?.train.lines)
    expect([...(one?.train.lines ?? []), ...(one?.test.lines ?? [])].sort((a, b) => a - b)).toEqual(
      Array.from(rows.lines),
    )
    expect(one?.train.lines).not.toEqual(rows.lines.subarray(0, 30))
    expect(errorOf(() => splitTable(rows, { train: 51 })).code).toBe('option')
  })

  it('of a column that never varies are zeros', () => {
    const flat = tableFromCsv('a,b\n0.1,1\n0.1,2\n0.1,3\n')
    const column = (encodeTable(flat, tableEncoding(flat)).inputs.toNested() as number[][]).map(([a]) => a)
    for (const v of column) expect(Math.abs(v as number)).toBeLessThan(1e-15)
  })
})
