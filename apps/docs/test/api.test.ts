/** The pages of the API: every entry of a package has one, and nothing in a docstring breaks them. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { entriesOf } from '../scripts/api/entries.js'
import { tidy } from '../scripts/api/tidy.js'

const root = join(import.meta.dirname, '../../..')
const entries = entriesOf(join(root, 'packages'))

test('every entry whose names are held by a snapshot gets a page', () => {
  const snapshot = readFileSync(join(root, 'tests/__snapshots__/exports.test.ts.snap'), 'utf8')
  const held = [...snapshot.matchAll(/^exports\[`(\S+) exports the names/gm)].map(([, name = '']) => name)
  expect(held.length).toBeGreaterThan(15)
  expect(entries.map(({ name }) => name).toSorted()).toEqual(held.toSorted())
  expect(entries.filter(({ file }) => !existsSync(file))).toEqual([])
})

test('parts of a description are no headings, names are, and braces are not computed', () => {
  expect(tidy('### Parameters()\n\n#### Parameters\n\nA {{ b }} c.\n\n#### Methods')).toBe(
    '### Parameters()\n\n**Parameters**\n\nA {<!-- -->{ b }} c.\n\n#### Methods',
  )
})

const pages = join(import.meta.dirname, '../.vitepress/dist/api')
test.skipIf(!existsSync(pages))('the built manual has the page of every entry, with its functions', () => {
  for (const { name } of entries) {
    const path = join(pages, name.replace('@ntk/', ''))
    const page = [`${path}.html`, join(path, 'index.html')].find((file) => existsSync(file)) ?? name
    expect(readFileSync(page, 'utf8'), name).toContain(`<h1 id="ntk-`)
  }
  expect(readFileSync(join(pages, 'dynamics.html'), 'utf8')).toContain('id="gradientdescentmse"')
})
