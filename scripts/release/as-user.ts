/** A published package in the hands of a user: an empty folder outside the workspace, npm, and the README. */
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import ts from 'typescript'
import { run } from '../process.js'
import { type Snippet, snippetsOf } from '../snippets.js'
import { isBuiltin, packageName } from '../source-imports.js'
import { type Manifest, root } from '../workspace.js'

const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** Writes an npmrc that sends the scope to the rehearsal's registry and leaves all else as it is. Returns its path. */
export function registryConfig(folder: string, url: string): string {
  const path = join(folder, 'npmrc')
  const access = `${url.replace(/^http:/, '')}:_authToken=rehearsal`
  writeFileSync(
    path,
    [`@ntk:registry=${url}`, access, 'audit=false', 'fund=false', 'update-notifier=false', ''].join('\n'),
  )
  return path
}

/** Installs packages with npm into a new, empty folder; what npm said where it failed. */
export async function installInto(
  folder: string,
  specifiers: readonly string[],
  userconfig: string,
): Promise<string | null> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n')
  const options = ['--ignore-scripts', '--prefer-offline', `--userconfig=${userconfig}`]
  const { ok, output } = await run('npm', ['install', ...options, ...specifiers], { cwd: folder })
  return ok ? null : output
}

/** Packages that a program imports; for Node's own modules, the package of their types. */
function imported(code: string): string[] {
  return ts
    .preProcessFile(code)
    .importedFiles.map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.'))
    .map((name) => (isBuiltin(name) ? '@types/node' : packageName(name)))
}

/** The strictest a user may be: shipped types are checked too, and resolved as Node does. */
const tsconfig = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    target: 'ES2022',
    lib: ['ES2023', 'DOM'],
    module: 'NodeNext',
    moduleDetection: 'force',
    noEmit: true,
    skipLibCheck: false,
  },
  include: ['*.ts'],
}

function write(folder: string, snippets: readonly Snippet[], types: readonly string[]): void {
  const compilerOptions = { ...tsconfig.compilerOptions, types }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...tsconfig, compilerOptions }))
  const runs: string[] = []
  for (const { code, line, runs: isRun } of snippets) {
    writeFileSync(join(folder, `line-${line}.ts`), `${code}\nexport {}\n`)
    if (!isRun) continue
    const { outputText } = ts.transpileModule(code, {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    })
    writeFileSync(join(folder, `line-${line}.js`), outputText)
    runs.push(`console.error('line ${line}'); await import('./line-${line}.js')`)
  }
  writeFileSync(join(folder, 'run.js'), `${runs.join('\n')}\n`)
}

/** The compiler's errors without those in the types of packages that are not ours; `''` where these were all. */
function ours(output: string): string {
  return output
    .split(/\n(?! )/)
    .filter((message) => !/^node_modules\/(?!@ntk\/)/.test(message))
    .join('\n')
}

/** What a user tries: a page, and the package that it belongs to (none for the page of the whole). */
export interface Trial {
  readonly page: string
  /** What stands on the page; null where there is none. */
  readonly text: string | null
  readonly manifest?: Manifest
  /** Pages about its commands, which are run in the same folder, in this order. */
  readonly also?: readonly { readonly page: string; readonly text: string }[]
}

type Step = readonly [what: string, command: string, args: readonly string[]]

/** Loading each entry, types checked and at run; starting each command. */
function stepsOf(manifest: Manifest, folder: string): Step[] {
  const entries = Object.keys(manifest.exports ?? {}).filter((key) => !key.endsWith('.json'))
  const names = entries.map((key) => `${manifest.name}${key.slice(1)}`)
  writeFileSync(join(folder, 'load.js'), names.map((name) => `await import('${name}')\n`).join(''))
  writeFileSync(
    join(folder, 'entries.ts'),
    names.map((n, i) => `export * as entry${i} from '${n}'\n`).join(''),
  )
  const commands = Object.keys(manifest.bin ?? {}).map((name) => join(folder, 'node_modules/.bin', name))
  return [
    ['load', process.execPath, ['load.js']],
    ...commands.flatMap((command): Step[] => [
      ['command', command, ['--version']],
      ['command', command, ['--help']],
    ]),
  ]
}

/**
 * Installs a package and what its page imports, type-checks and runs the page, loads the package's entries, starts its
 * commands. Returns what failed.
 */
export async function checkAsUser(
  { page, text, manifest, also = [] }: Trial,
  folder: string,
  userconfig: string,
): Promise<string[]> {
  if (text === null) return [`${page} is missing, so nobody knows what the package is`]
  const { snippets, commands } = snippetsOf(page, text)
  const beside = new Set(snippets.flatMap(({ code }) => imported(code)))
  const scoped = [...beside].filter((name) => name.startsWith('@ntk/'))
  const own = [...new Set([...(manifest === undefined ? [] : [manifest.name]), ...scoped])]
  const refused = await installInto(folder, own, userconfig)
  if (refused !== null) return [`${page}: npm install ${own.join(' ')}\n${refused}`]
  // Test frameworks and the types of Node are the reader's own.
  for (const name of beside) {
    const target = join(folder, 'node_modules', name)
    if (existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), target, 'junction')
  }
  write(folder, snippets, beside.has('@types/node') ? ['node'] : [])
  const steps: Step[] = [
    ...(manifest === undefined ? [] : stepsOf(manifest, folder)),
    ['run', process.execPath, ['run.js']],
    ...commands.map(({ line, code }): Step => [`line ${line}`, 'sh', ['-ec', code]]),
    ...also.flatMap((other) =>
      snippetsOf(other.page, other.text).commands.map(
        ({ line, code }): Step => [`${other.page}, line ${line}`, 'sh', ['-ec', code]],
      ),
    ),
  ]
  const env = { PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` }
  const problems: string[] = []
  const types = await run(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: folder })
  const said = ours(types.output)
  if (!types.ok && said !== '') problems.push(`${page}: types\n${said}`)
  for (const [what, command, args] of steps) {
    const { ok, output } = await run(command, args, { cwd: folder, env })
    if (!ok) problems.push(`${page}: ${what}\n${output}`)
  }
  return problems
}
