/** What the pages say of names and of each other. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sidebar } from '../src/site/sidebar.js'

const site = join(import.meta.dirname, '../site')
const snapshot = readFileSync(
  join(import.meta.dirname, '../../../tests/__snapshots__/exports.test.ts.snap'),
  'utf8',
)
const exported = new Set([...snapshot.matchAll(/^ {2}"(?:type )?(\w+)",$/gm)].map(([, name = '']) => name))

test('every page stands in the sidebar, and every line of it has a page', () => {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md') && file !== 'index.md')
    .map((file) => `/${file.replaceAll('\\', '/').replace(/(?:index)?\.md$/, '')}`)
    // Those that are generated come with sidebars of their own.
    .filter((page) => !/^\/(?:gallery|api)\//.test(page))
  const links = sidebar
    .flatMap(({ items }) => items.map(({ link }) => link))
    .filter((link) => !/^\/(?:gallery|api)\//.test(link))
  expect(links.toSorted()).toEqual(pages.toSorted())
})

test.each(['index', 'prediction', 'command'])(
  'start/%s installs what its programs import, before they do',
  (name) => {
    const page = readFileSync(join(site, `start/${name}.md`), 'utf8')
    const installed = new Set<string>()
    const missing: string[] = []
    for (const [, language = '', code = ''] of page.matchAll(/^```(sh|ts)[^\n]*\n([\s\S]*?)\n```$/gm)) {
      const names = [...code.matchAll(/@ntk\/[a-z-]+/g)].map(([found]) => found)
      if (language === 'ts') missing.push(...names.filter((found) => !installed.has(found)))
      else if (code.includes('npm install')) for (const found of names) installed.add(found)
    }
    expect(installed.size).toBeGreaterThan(0)
    expect(missing).toEqual([])
  },
)

test('what "From neural-tangents" calls ours is exported', () => {
  const rows = readFileSync(join(site, 'from-neural-tangents.md'), 'utf8')
    .split('\n')
    .filter((line) => /^\| (?!---)/.test(line))
    .map((line) => line.split(' | ')[1] ?? '')
  const names = rows.flatMap((cell) => [...cell.matchAll(/`([A-Za-z]\w{3,})`/g)].map(([, name = '']) => name))
  expect(names.length).toBeGreaterThan(60)
  expect(names.filter((name) => !exported.has(name) && name !== 'maskConstant')).toEqual([])
})
