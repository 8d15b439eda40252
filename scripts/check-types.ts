/**
 * Type-checks sources, tests, scripts and the programs in the manuals as one TypeScript program, and fails also where
 * the compiler was silent because it never saw a file: a snippet that was written out and is not in the program is a
 * problem. Errors in a snippet are reported at their place on the page.
 */
import { spawnSync } from 'node:child_process'
import { isAbsolute, join, relative, sep } from 'node:path'
import { type Snippet, snippetFile, snippetFolder, writeSnippets } from './snippets.js'
import { report, root } from './workspace.js'

const { snippets, problems } = writeSnippets()
const byFile = new Map<string, Snippet>(snippets.map((s) => [`${snippetFolder}/${snippetFile(s)}`, s]))

const tsc = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.json', '--listFiles', '--pretty', 'false'],
  { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
)
const program = new Set<string>()
const messages: string[] = []
for (const text of tsc.stdout.split(/\r?\n/)) {
  if (isAbsolute(text)) program.add(relative(root, text).split(sep).join('/'))
  else if (text.startsWith(' ') && messages.length > 0) messages.push(`${messages.pop()}\n${text}`)
  else if (text !== '') messages.push(text)
}

/** A message of the compiler with a place in a written snippet moved to the page. */
function onPage(message: string): string {
  const [, file = '', line = '', rest = ''] = /^([^(\s]+)\((\d+)(,.*)$/s.exec(message) ?? []
  const snippet = byFile.get(file)
  return snippet === undefined ? message : `${snippet.page}(${snippet.line + Number(line) - 1}${rest}`
}

for (const message of messages) problems.push(onPage(message))
if (tsc.status !== 0 && messages.length === 0) problems.push(tsc.stderr || `tsc ended with ${tsc.status}`)
for (const [file, { page, line }] of byFile) {
  if (!program.has(file)) {
    problems.push(
      `${page}:${line}: this snippet is not in the type-checked program (${file}); see tsconfig.json`,
    )
  }
}
if (snippets.length === 0) problems.push('no page has a snippet: the search for them is broken')

const seen = [...byFile.keys()].filter((file) => program.has(file)).length
report('types', problems, `${program.size} files, ${seen} of ${snippets.length} snippets among them`)
