/**
 * Rehearses releases: `pnpm release:rehearse`. In a copy of the repository, with a remote, a registry and a stand-in for
 * `gh` of its own, it runs the scripts that the release workflow runs, from what waits through a minor and a
 * patch of @ntk/tensor, a patch of one package, and a snapshot; after each it looks at what was released:
 *
 * - no package gets a major that no changeset asks for;
 * - a package whose dependency left the range that it was published with is released too, and no other;
 * - the registry has exactly the new versions, each has its tag and its part of the changelog, and doing it again does nothing.
 *
 * Nothing is built: the archives hold a stand-in for `dist`. `pnpm check:packages` tries the real ones.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { outputOf } from '../process.js'
import { type Manifest, report, root } from '../workspace.js'
import { publishedPackages } from './archives.js'
import { registryConfig } from './as-user.js'
import { startRegistry } from './local-registry.js'
import { pendingChangesets } from './publish.js'

const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'ntk-release-')))
const copy = join(temporary, 'repository')
const ghLog = join(temporary, 'gh.log')
const registry = await startRegistry()
const env = {
  PATH: `${join(temporary, 'bin')}${delimiter}${process.env.PATH ?? ''}`,
  NPM_CONFIG_USERCONFIG: registryConfig(temporary, registry.url),
  GIT_AUTHOR_NAME: 'rehearsal',
  GIT_AUTHOR_EMAIL: 'rehearsal@localhost',
  GIT_COMMITTER_NAME: 'rehearsal',
  GIT_COMMITTER_EMAIL: 'rehearsal@localhost',
  GITHUB_ACTIONS: '',
}
const problems: string[] = []
const at = (command: string, ...args: string[]): Promise<string> =>
  outputOf(command, args, { cwd: copy, env })
const script = (name: string, ...args: string[]): Promise<string> => at('pnpm', 'run', name, ...args)
const folders = publishedPackages().map(({ folder }) => folder)

/** The package.json files of the copy as they are now, by name. */
function manifests(): Map<string, Manifest> {
  const all = folders.map((f): Manifest => JSON.parse(readFileSync(join(copy, f, 'package.json'), 'utf8')))
  return new Map(all.map((m) => [m.name, m]))
}

/** The working tree as it is, committed or not, as a repository of its own whose remote is a folder. */
async function copyRepository(): Promise<void> {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '-z']
  for (const file of (await outputOf('git', listed, { cwd: root })).split('\0')) {
    if (file === '' || /^(?:decisions|docs|bench\/src)\//.test(file) || !existsSync(join(root, file)))
      continue
    mkdirSync(dirname(join(copy, file)), { recursive: true })
    cpSync(join(root, file), join(copy, file))
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction')
  const names = new Map([...manifests()].map(([name], i) => [name, folders[i] as string]))
  for (const folder of folders) {
    mkdirSync(join(copy, folder, 'dist'))
    writeFileSync(join(copy, folder, 'dist/index.js'), '// not built\n')
    mkdirSync(join(copy, folder, 'node_modules/@ntk'), { recursive: true })
    for (const [name, target] of names) {
      symlinkSync(join(copy, target), join(copy, folder, 'node_modules', name), 'junction')
    }
  }
  mkdirSync(join(temporary, 'bin'))
  writeFileSync(join(temporary, 'bin/gh'), `#!/bin/sh\nprintf '%s\\n' "$*" >> '${ghLog}'\n`)
  chmodSync(join(temporary, 'bin/gh'), 0o755)
  writeFileSync(ghLog, '')
  await outputOf('git', ['init', '--quiet', '--bare', join(temporary, 'remote.git')], { cwd: temporary })
  await at('git', 'init', '--quiet', '--initial-branch=main')
  await at('git', 'remote', 'add', 'origin', join(temporary, 'remote.git'))
  await at('git', 'add', '--all')
  await at('git', 'commit', '--quiet', '--message', 'As it is')
}

type Bump = 'major' | 'minor' | 'patch' | 'none'

function bump(from: string, to: string): Bump {
  if (from === to) return 'none'
  const [a, b] = [from.split('.'), to.split('.')]
  return a[0] !== b[0] ? 'major' : a[1] !== b[1] ? 'minor' : 'patch'
}

/** Whether `version` lies in the caret range of `base`. */
function inRange(version: string, base: string): boolean {
  const [to, from] = [version, base].map((v) => v.split('.').map(Number)) as [number[], number[]]
  const fixed = from[0] !== 0 ? 1 : from[1] !== 0 ? 2 : 3
  if (to.slice(0, fixed).some((n, i) => n !== from[i])) return false
  const [rest, least] = [to.slice(fixed), from.slice(fixed)]
  const first = rest.findIndex((n, i) => n !== least[i])
  return first < 0 || (rest[first] ?? 0) > (least[first] ?? 0)
}

/** Versions of the @ntk packages that each package was last published with. */
const publishedWith = new Map<string, Map<string, string>>()

/** One round of the workflow: the pull request, its merge, publishing, telling. Returns the bumps. */
async function release(step: string): Promise<Map<string, Bump>> {
  const before = manifests()
  const known = new Map([...registry.versions()].map(([name, versions]) => [name, versions.length]))
  await script('release:pull-request')
  await at('git', 'merge', '--quiet', '--ff-only', 'release/next')
  const after = manifests()
  const published = await script('release:publish', `--registry=${registry.url}`)
  await script('release:announce')
  const bumps = new Map(
    [...after].map(([name, { version }]) => [name, bump(before.get(name)?.version ?? '', version)]),
  )
  const gh = readFileSync(ghLog, 'utf8')
  for (const [name, manifest] of after) {
    const { version, dependencies = {} } = manifest
    const released = bumps.get(name) !== 'none'
    const count = (registry.versions().get(name) ?? []).length - (known.get(name) ?? 0)
    if (count !== (released ? 1 : 0))
      problems.push(`${step}: ${count} versions of ${name} were published\n${published}`)
    if (released && !gh.includes(`release create ${name}@${version} `))
      problems.push(`${step}: nobody was told of ${name}@${version}`)
    const own = Object.keys(dependencies).filter((other) => after.has(other))
    const now = new Map(own.map((other) => [other, after.get(other)?.version ?? '']))
    if (released) publishedWith.set(name, now)
    for (const [other, base] of publishedWith.get(name) ?? []) {
      const current = now.get(other) ?? ''
      if (!inRange(current, base))
        problems.push(`${step}: ${name} keeps ${other} ^${base}, which is ${current} now`)
    }
  }
  return bumps
}

/** Writes a changeset and releases; what was bumped must be exactly this. */
async function expectRelease(
  step: string,
  changes: Record<string, Bump>,
  expected: Record<string, Bump>,
): Promise<void> {
  const lines = Object.entries(changes).map(([name, kind]) => `'${name}': ${kind}`)
  writeFileSync(join(copy, '.changeset/rehearsal.md'), `---\n${lines.join('\n')}\n---\n\nA rehearsal.\n`)
  await at('git', 'add', '--all')
  await at('git', 'commit', '--quiet', '--message', step)
  for (const [name, kind] of await release(step)) {
    const due = expected[name] ?? 'none'
    if (kind !== due) problems.push(`${step}: ${name} gets a ${kind} release, where ${due} is due`)
  }
}

/** Releases what changesets of this repository ask for, over a registry that has the present versions, if any. */
async function releaseWhatWaits(): Promise<void> {
  const present = manifests()
  if ([...present.values()].some(({ version }) => version !== '0.0.0')) {
    await script('release:publish', '--snapshot', `--registry=${registry.url}`)
    for (const [name, { dependencies = {} }] of present) {
      const own = Object.keys(dependencies).filter((other) => present.has(other))
      publishedWith.set(name, new Map(own.map((other) => [other, present.get(other)?.version ?? ''])))
    }
  }
  const pending = pendingChangesets().map((file) => readFileSync(join(root, file), 'utf8'))
  if (pending.length === 0) {
    await script('release:announce')
    return
  }
  const asked = pending.flatMap((text) => [...text.matchAll(/^['"]?(@ntk\/[\w-]+)['"]?: (\w+)$/gm)])
  const named = new Set(asked.map(([, name = '']) => name))
  const isMajor = asked.some(([, , kind]) => kind === 'major')
  for (const [name, kind] of await release('what waits')) {
    if (kind === 'none' && named.has(name)) problems.push(`what waits: ${name} stays unreleased`)
    if (kind === 'major' && !isMajor) problems.push(`what waits: ${name} gets a major that nobody asked for`)
  }
}

try {
  await copyRepository()
  await releaseWhatWaits()
  const again = [
    await script('release:publish', `--registry=${registry.url}`),
    await script('release:announce'),
  ]
  if (!/publish: 0 of[^]*announce: 0 of/.test(again.join('\n')))
    problems.push(`a second run does something\n${again}`)
  const all = [...manifests()]
  // Below version 1 a minor leaves every caret range, from there on it stays within.
  const isEarly = manifests().get('@ntk/tensor')?.version.startsWith('0.') === true
  const leaning = !isEarly
    ? []
    : all.filter(([, m]) => '@ntk/tensor' in (m.dependencies ?? {})).map(([name]) => name)
  const minors: Record<string, Bump> = Object.fromEntries(
    ['@ntk/tensor', ...leaning].map((name) => [name, 'minor']),
  )
  await expectRelease('minor of tensor', { '@ntk/tensor': 'minor' }, minors)
  await at('pnpm', 'install', '--frozen-lockfile', '--lockfile-only', '--offline')
  await expectRelease('patch of tensor', { '@ntk/tensor': 'patch' }, { '@ntk/tensor': 'patch' })
  await expectRelease('patch of dynamics', { '@ntk/dynamics': 'patch' }, { '@ntk/dynamics': 'patch' })

  writeFileSync(join(copy, '.changeset/rehearsal.md'), "---\n'@ntk/tensor': minor\n---\n\nA rehearsal.\n")
  await script('release:version', '--snapshot', 'canary')
  await script('release:publish', '--snapshot', '--tag', 'canary', `--registry=${registry.url}`)
  for (const name of ['@ntk/tensor', ...leaning]) {
    const last = registry.versions().get(name)?.at(-1) ?? ''
    if (!/^0\.0\.0-canary-\d+$/.test(last)) problems.push(`snapshot: the last version of ${name} is ${last}`)
  }
  if (!readFileSync(ghLog, 'utf8').includes('pr create --head release/next'))
    problems.push('no pull request was opened')
  await script('release:repository', 'git@github.com:owner/name.git')
  for (const [name, { repository }] of manifests()) {
    if (repository?.url !== 'git+https://github.com/owner/name.git') {
      problems.push(`${name} has no address after release:repository`)
    }
  }
  report(
    'release',
    problems,
    `rehearsed: what waits, minor and patch of tensor (${leaning.length} lean on it), patch of one, snapshot`,
  )
} finally {
  await registry.close()
  rmSync(temporary, { recursive: true, force: true })
}
