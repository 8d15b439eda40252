import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { expect, test, vi } from 'vitest'
import { snippetFile, snippetFolder, writeSnippets } from '../scripts/snippets.js'
import { root } from '../scripts/workspace.js'

const { snippets, problems } = writeSnippets()

test('the pages have snippets, and none of them escapes the check', () => {
  expect(snippets.length).toBeGreaterThan(20)
  expect(problems).toEqual([])
})

for (const snippet of snippets.filter(({ runs }) => runs)) {
  test(`${snippet.page}, line ${snippet.line}, ${snippet.prints === undefined ? 'runs as written' : 'prints what the page says'}`, async () => {
    const printed: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((...values) => {
      printed.push(format(...values))
    })
    try {
      await import(pathToFileURL(join(root, snippetFolder, snippetFile(snippet))).href)
    } finally {
      log.mockRestore()
    }
    if (snippet.prints !== undefined) expect(printed.join('\n')).toBe(snippet.prints)
  })
}
