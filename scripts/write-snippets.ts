/**
 * Copies the TypeScript of every README into `.snippets/`, one file a block, so that it is type-checked with the
 * sources and run by tests/readme-snippets.test.ts. A block is a program of its own. Only ```ts fences count;
 * ```ts no-run is type-checked and not run (a download, a file of the reader's own).
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, workspacePackages } from './workspace.js'

const target = join(root, '.snippets')
rmSync(target, { recursive: true, force: true })
mkdirSync(target)

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...workspacePackages().map(({ folder }) => `${folder}/README.md`),
]
let count = 0
for (const page of pages) {
  if (!existsSync(join(root, page))) continue
  const text = readFileSync(join(root, page), 'utf8')
  const fence = /^```ts([^\n]*)\n(.*?)^```$/gms
  for (const { index, 1: info = '', 2: code = '' } of text.matchAll(fence)) {
    const line = text.slice(0, index).split('\n').length
    const name = page.replaceAll('/', '__').replace(/\.md$/, '')
    const suffix = info.trim().startsWith('no-run') ? 'norun.ts' : 'ts'
    writeFileSync(join(target, `${name}.line-${line}.${suffix}`), `// ${page}:${line}\n${code}\nexport {}\n`)
    count += 1
  }
}
console.log(`snippets: ${count} in .snippets/`)
