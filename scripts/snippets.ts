/**
 * The programs in the manuals. Every page of Markdown in the repository (changelogs apart) may show TypeScript in
 * ```ts fences; a block is a program of its own. `writeSnippets` copies each into `.snippets/`, one file a block, where
 * `pnpm types` checks it in one TypeScript program with the sources and tests/readme-snippets.test.ts runs it.
 * ```ts no-run is checked and not run (a download, a file of the reader's own). ```text prints behind a program is what it prints,
 * line by line. ```sh run are commands that
 * `pnpm check:packages` runs where the package is installed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, root } from './workspace.js'

export const snippetFolder = '.snippets'

/** A block of TypeScript on a page. */
export interface Snippet {
  /** Path of the page, relative to the root. */
  readonly page: string
  /** Line of the opening fence, from 1. Line n of the written file is line `line + n - 1` of the page. */
  readonly line: number
  readonly code: string
  /** False for a block that is only type-checked. */
  readonly runs: boolean
  /** What it prints, where the page says so: the block behind it, fenced as ```text prints. */
  readonly prints?: string
}

/** Names of TypeScript and JavaScript in a fence that readers' tools know; only `ts` is checked, so only `ts` is allowed. */
const otherNames = new Set(['typescript', 'mts', 'cts', 'tsx', 'js', 'javascript', 'mjs', 'cjs', 'jsx'])

const isProgram = /^\s*(?:import\b.*['"]|export (?:const|function|type|interface|default)\b)/m

/** A block of shell commands on a page that is run. */
export interface Commands {
  readonly line: number
  readonly code: string
}

export interface PageSnippets {
  readonly snippets: Snippet[]
  readonly commands: Commands[]
  /** What would escape the check. */
  readonly problems: string[]
}

/** The programs of a page. */
export function snippetsOf(page: string, text: string): PageSnippets {
  const snippets: Snippet[] = []
  const commands: Commands[] = []
  const problems: string[] = []
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const [, indent = '', fence = '', info = ''] = /^(\s*)(`{3,}|~{3,})\s*([^`]*)$/.exec(lines[i] ?? '') ?? []
    if (fence === '') continue
    const line = i + 1
    const code: string[] = []
    const closes = new RegExp(`^\\s*${fence[0]}{${fence.length},}\\s*$`)
    while (++i < lines.length && !closes.test(lines[i] ?? '')) {
      code.push(
        (lines[i] ?? '').startsWith(indent) ? (lines[i] ?? '').slice(indent.length) : (lines[i] ?? ''),
      )
    }
    const [language = '', ...words] = info.trim().split(/\s+/)
    const source = code.join('\n')
    if (i === lines.length) problems.push(`${page}:${line}: this fence has no end`)
    if (language === 'ts') {
      const unknown = words.filter((word) => word !== 'no-run')
      if (unknown.length > 0)
        problems.push(`${page}:${line}: "${unknown.join(' ')}"; a ts fence takes no-run only`)
      if (/@ts-(?:ignore|nocheck|expect-error)/.test(source)) {
        problems.push(`${page}:${line}: silences a type error, so the check says nothing about it`)
      }
      snippets.push({ page, line, code: source, runs: !words.includes('no-run') })
    } else if (language === 'text' && words.join(' ') === 'prints') {
      const program = snippets.pop()
      if (program === undefined || !program.runs || program.prints !== undefined) {
        problems.push(`${page}:${line}: no program that runs stands before what it prints`)
      }
      if (program !== undefined) snippets.push({ ...program, prints: source })
    } else if (language === 'sh' && words.join(' ') === 'run') commands.push({ line, code: source })
    else if (otherNames.has(language.toLowerCase())) {
      problems.push(`${page}:${line}: a fence of ${language} is not checked; fence it as ts or ts no-run`)
    } else if (language === '' && isProgram.test(source)) {
      problems.push(`${page}:${line}: a program in a fence without a language is not checked; fence it as ts`)
    }
  }
  return { snippets, commands, problems }
}

/** Every page of the repository whose programs are checked. Changelogs tell of old versions, so theirs are not. */
export function pages(): string[] {
  return filesUnder('.', /\.md$/).filter((page) => !/(?:^|\/)CHANGELOG\.md$|^\.|^runs\//.test(page))
}

/** Name of the file in `.snippets/` that holds a snippet. */
export function snippetFile({ page, line, runs }: Snippet): string {
  return `${page.replaceAll('/', '__').replace(/\.md$/, '')}.line-${line}${runs ? '' : '.norun'}.ts`
}

/** All snippets, copied into `.snippets/`; files that are already right stay as they are, others there are removed. */
export function writeSnippets(): { snippets: Snippet[]; problems: string[] } {
  const all = pages().map((page) => snippetsOf(page, readFileSync(join(root, page), 'utf8')))
  const snippets = all.flatMap((found) => found.snippets)
  const target = join(root, snippetFolder)
  mkdirSync(target, { recursive: true })
  const wanted = new Map(
    snippets.map((s) => [snippetFile(s), `// ${s.page}:${s.line}\n${s.code}\nexport {}\n`]),
  )
  for (const name of readdirSync(target)) {
    if (!wanted.has(name)) rmSync(join(target, name), { recursive: true })
  }
  for (const [name, text] of wanted) {
    const path = join(target, name)
    if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text)
  }
  return { snippets, problems: all.flatMap((found) => found.problems) }
}
