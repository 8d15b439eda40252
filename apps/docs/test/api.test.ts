/** The pages of the API: every entry of a package has one, and nothing in a docstring breaks them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { entriesOf } from '../scripts/api/entries.js'
import { exportedFrom } from '../scripts/api/exported.js'
import { relink, splitPage } from '../scripts/api/split.js'
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

const large = {
  path: 'big.md',
  text: [
    '# big',
    '## Functions',
    '### add() {#add}\n\nOf [`Value`](#value), see [other](other.md#x).\n\n***\n',
    '### draw() {#draw}\n\nLike [`add`](#add).\n',
    '## Type Aliases',
    '### Value {#value}\n\n<a id="property-a"></a> a',
    '## Namespaces\n\n- [more](big/more.md)',
  ].join('\n\n'),
}
const groups = [
  { title: 'Chance', slug: 'chance', from: /^random\b/ },
  { title: 'The rest', slug: 'rest', from: /^/ },
]
const places = new Map([
  ['add', 'ops.js'],
  ['draw', 'random/draw.js'],
  ['Value', 'value.js'],
])

test('a large page becomes a page a group, and links lead to where names have gone', () => {
  const parts = splitPage(large, 'big', groups, places)
  expect(parts.map(({ path }) => path)).toEqual(['big.md', 'big/chance.md', 'big/rest.md'])
  const other = {
    path: 'deep/other.md',
    text: 'See [a](../big.md#property-a), [all](../big.md), [me](#me), [web](https://a.b/c.md#d).',
  }
  const text = new Map(
    relink([...parts, other], new Map([['big.md', parts]])).map((page) => [page.path, page.text]),
  )
  expect(text.get('big.md')).toBe(
    [
      '# big',
      '## Chance',
      '[`draw`](./big/chance.md#draw)',
      '## The rest',
      '[`add`](./big/rest.md#add), [`Value`](./big/rest.md#value)',
      '## Namespaces\n\n- [more](big/more.md)',
    ].join('\n\n'),
  )
  expect(text.get('big/chance.md')).toBe(
    '# big: chance\n\n## Functions\n\n### draw() {#draw}\n\nLike [`add`](./rest.md#add).',
  )
  expect(text.get('big/rest.md')).toContain('Of [`Value`](#value), see [other](../other.md#x).')
  expect(text.get('big/rest.md')).toContain('## Type Aliases\n\n### Value {#value}')
  expect(text.get('deep/other.md')).toBe(
    'See [a](../big/rest.md#property-a), [all](../big.md), [me](#me), [web](https://a.b/c.md#d).',
  )
  expect(() => splitPage(large, 'big', groups, new Map())).toThrow('big exports add')
})

test('where names of a package come from is read off its index, through all that it passes on', () => {
  const stax = exportedFrom(join(root, 'packages/stax/src/index.ts'))
  expect([stax.get('Dense'), stax.get('Relu'), stax.get('fromSpec')]).toEqual([
    'layers/dense.js',
    'generated/activations.ts',
    'spec/from-spec.js',
  ])
  expect(exportedFrom(join(root, 'packages/tensor/src/index.ts')).get('add')).toBe('ops/binary.js')
})

const pages = join(import.meta.dirname, '../.vitepress/dist/api')
test.skipIf(!existsSync(pages))('the built manual has the page of every entry, with its functions', () => {
  for (const { name } of entries) {
    const path = join(pages, name.replace('@ntk/', ''))
    const page = [`${path}.html`, join(path, 'index.html')].find((file) => existsSync(file)) ?? name
    expect(readFileSync(page, 'utf8'), name).toContain(`<h1 id="ntk-`)
  }
  expect(readFileSync(join(pages, 'tensor/operations.html'), 'utf8')).toContain('id="add"')
  expect(readFileSync(join(pages, 'tensor.html'), 'utf8')).toContain('href="./tensor/operations.html#add"')
  expect(readFileSync(join(pages, 'dynamics.html'), 'utf8')).toContain('id="gradientdescentmse"')
})

test.skipIf(!existsSync(pages))('every parameter of the built manual has a name', () => {
  const html = readdirSync(pages, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.html'),
  )
  expect(html.length).toBeGreaterThan(20)
  const nameless = html.filter((path) =>
    readFileSync(join(pages, path), 'utf8').includes('__namedParameters'),
  )
  expect(nameless).toEqual([])
})
