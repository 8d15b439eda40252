/** What neither the compiler nor the linter says about a file: its length, unfinished words, re-exports of everything, machine paths. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, report, root } from './workspace.js'

const maxLines = 400

/** A longer file says why within its first lines, naming the limit: "Over 400 lines: one table ...". */
const reason = /\b400 lines\b/

const rules: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\b(?:TODO|FIXME|XXX|HACK)\b/, what: 'unfinished word' },
  { pattern: /@ts-(?:ignore|nocheck)/, what: 'silenced type error' },
  { pattern: /^export \* from (?!'\.\/generated\/)/, what: 're-export of everything; list the names' },
  { pattern: /\b(?:it|test|describe)\.(?:only|todo)\(/, what: 'focused or empty test' },
  { pattern: /['"`(]\/(?:home|Users|root)\//, what: "a machine's own path" },
]

const problems: string[] = []
const files = ['packages', 'apps', 'bench', 'scripts', 'tests', 'decisions'].flatMap((folder) =>
  filesUnder(folder, /\.(?:m?ts|mjs|vue)$/),
)
for (const file of files) {
  if (file === 'scripts/check-sources.ts') continue
  const lines = readFileSync(join(root, file), 'utf8').split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (lines.length > maxLines && !reason.test(lines.slice(0, 12).join('\n'))) {
    problems.push(
      `${file}: ${lines.length} lines; split it by family, or say in its header why it is over ${maxLines} lines`,
    )
  }
  lines.forEach((line, i) => {
    for (const { pattern, what } of rules) {
      if (pattern.test(line)) problems.push(`${file}:${i + 1}: ${what}`)
    }
  })
}

report('sources', problems, `${files.length} files`)
