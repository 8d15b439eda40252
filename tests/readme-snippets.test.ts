import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test, vi } from 'vitest'

// `pnpm test` writes the blocks first (scripts/write-snippets.ts).
const folder = join(dirname(fileURLToPath(import.meta.url)), '../.snippets')
const snippets = existsSync(folder)
  ? readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.norun.ts'))
  : []

test('the README pages have snippets, and they were written out', () => {
  expect(snippets.length).toBeGreaterThan(0)
})

for (const name of snippets) {
  const [page = '', line = ''] = name.split('.')
  test(`${page.replaceAll('__', '/')}.md, ${line.replace('-', ' ')}, runs as written`, async () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    try {
      await import(pathToFileURL(join(folder, name)).href)
    } finally {
      log.mockRestore()
    }
  })
}
