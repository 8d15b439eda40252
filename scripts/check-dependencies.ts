/**
 * No phantom dependencies: what a package.json declares is used, and in the field where it is used.
 *
 * 1. dependencies, optional and peer ones are named by the package's sources (an import, a type, or a call such as
 *    `require('koffi')`); one that only tests name is a development dependency;
 * 2. development dependencies are named by tests, build scripts or configs, are commands of a script, or are the
 *    types of something that is; the root's also by whatever leans on them without declaring them itself;
 * 3. no package stands in two fields, except that a peer may also be there for development, and must be where a peer
 *    is required, so that the workspace has it;
 * 4. what has declarations to build can be built without them, as `quickstart` builds the command and all that it needs.
 *
 * Used and not declared is the other half: scripts/check-imports.ts.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { snippetFolder, writeSnippets } from './snippets.js'
import { importsOf, isBuiltin, namedInCalls, packageName } from './source-imports.js'
import { filesUnder, type Manifest, readManifest, report, root, workspacePackages } from './workspace.js'

const problems: string[] = []
let declarations = 0

/** Names of the packages that files import or pass to a call; `node` where they use one of Node's own modules. */
function packagesNamed(files: readonly string[]): Set<string> {
  const names = new Set<string>()
  for (const file of files) {
    for (const specifier of [...importsOf(file).map((i) => i.specifier), ...namedInCalls(file)]) {
      if (!/^[.#/]|^$/.test(specifier)) names.add(isBuiltin(specifier) ? 'node' : packageName(specifier))
    }
  }
  return names
}

/** Words of the scripts of a package.json, which may be commands. */
function scriptWords({ scripts = {} }: Manifest): Set<string> {
  return new Set(Object.values(scripts).flatMap((line) => line.split(/[\s;&|]+/)))
}

/** The commands that an installed package brings. */
function commandsOf(folder: string, name: string): string[] {
  const path = join(root, folder, 'node_modules', name, 'package.json')
  if (!existsSync(path)) return []
  const { bin }: { bin?: string | Record<string, string> } = JSON.parse(readFileSync(path, 'utf8'))
  return typeof bin === 'string' ? [packageName(name).split('/').at(-1) ?? name] : Object.keys(bin ?? {})
}

/** `x` of `@types/x`; null for anything else. */
function typedBy(name: string): string | null {
  return name.startsWith('@types/') ? name.slice('@types/'.length).replace(/^(.+)__(.+)$/, '@$1/$2') : null
}

function checkFields(folder: string, m: Manifest): void {
  const fields = [
    ['dependencies', m.dependencies],
    ['optionalDependencies', m.optionalDependencies],
    ['peerDependencies', m.peerDependencies],
    ['devDependencies', m.devDependencies],
  ] as const
  for (const [i, [field, names = {}]] of fields.entries()) {
    declarations += Object.keys(names).length
    for (const [other, others = {}] of fields.slice(i + 1)) {
      if (field === 'peerDependencies' && other === 'devDependencies') continue
      for (const name of Object.keys(names).filter((n) => n in others)) {
        problems.push(`${folder}/package.json: ${name} stands in ${field} and in ${other}`)
      }
    }
  }
  for (const name of Object.keys(m.peerDependencies ?? {})) {
    if (m.peerDependenciesMeta?.[name]?.optional !== true && !(name in (m.devDependencies ?? {}))) {
      problems.push(
        `${folder}/package.json: the peer ${name} is not among the devDependencies, so tests lack it`,
      )
    }
  }
}

writeSnippets()
const rootManifest = readManifest('.')
/** What the root's own files name, and what packages name and leave to the root. */
const atRoot = packagesNamed([
  ...filesUnder('scripts', /\.m?[jt]s$/),
  ...filesUnder('tests', /\.ts$/),
  ...filesUnder('decisions', /\.ts$/),
  ...filesUnder(snippetFolder, /\.ts$/),
  ...readdirSync(root).filter((name) => name.endsWith('.ts')),
])
const rootWords = scriptWords(rootManifest)

for (const { folder, manifest: m } of workspacePackages()) {
  checkFields(folder, m)
  if (m.scripts?.build?.includes('tsc ') === true && m.scripts['build:js'] === undefined)
    problems.push(`${folder}/package.json: no script build:js, the build without its declarations`)
  const bySource = packagesNamed(filesUnder(`${folder}/src`, /\.m?[jt]s$/))
  const byTests = packagesNamed(
    filesUnder(folder, /\.m?[jt]s$/).filter(
      (f) => !f.startsWith(`${folder}/src/`) && !/\/assembly\//.test(f),
    ),
  )
  const words = scriptWords(m)
  const shipped = { ...m.dependencies, ...m.optionalDependencies, ...m.peerDependencies }
  for (const name of Object.keys(shipped)) {
    const types = typedBy(name)
    if (bySource.has(name) || (types !== null && bySource.has(types))) continue
    problems.push(
      byTests.has(name)
        ? `${folder}/package.json: only tests and build scripts use ${name}; it is a development dependency`
        : `${folder}/package.json: ${name} is declared and nothing in src uses it`,
    )
  }
  for (const name of Object.keys(m.devDependencies ?? {})) {
    const types = typedBy(name)
    const used =
      byTests.has(name) ||
      (types !== null && (byTests.has(types) || bySource.has(types))) ||
      (name in (m.peerDependencies ?? {}) && bySource.has(name)) ||
      commandsOf(folder, name).some((command) => words.has(command))
    if (!used)
      problems.push(`${folder}/package.json: ${name} is declared for development and nothing uses it`)
  }
  const own = { ...shipped, ...m.devDependencies }
  for (const name of [...byTests, ...bySource]) if (!(name in own)) atRoot.add(name)
  for (const word of words) rootWords.add(word)
}

checkFields('.', rootManifest)
for (const name of Object.keys(rootManifest.devDependencies ?? {})) {
  const used =
    atRoot.has(name) ||
    atRoot.has(typedBy(name) ?? name) ||
    commandsOf('.', name).some((command) => rootWords.has(command) || atRoot.has(command))
  if (!used) problems.push(`package.json: ${name} is declared for development and nothing uses it`)
}

report('dependencies', problems, `${declarations} declared, all in use`)
