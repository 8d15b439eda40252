/**
 * Users of a package learn what changed from its changesets. Three things are checked:
 * each changeset names packages that exist; a package that was never released has one; and a package whose sources
 * changed since the base branch has one that changed too. The base is `NTK_BASE` or `origin/main`; where neither
 * is in the clone, or it is the commit checked out, the third is left out and said so.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { filesUnder, readManifest, report, root, workspacePackages } from './workspace.js'

const published = workspacePackages().filter(({ manifest }) => manifest.private !== true)
// Also a package whose code is not there yet may be announced.
const names = new Set([
  ...readdirSync(join(root, 'packages')).map((name) => readManifest(`packages/${name}`).name),
  ...published.map(({ manifest }) => manifest.name),
])
const problems: string[] = []

/** Package names in the front matter of each changeset, by the changeset's path. */
const changesets = new Map<string, string[]>()
for (const file of filesUnder('.changeset', /\.md$/)) {
  if (file.endsWith('README.md')) continue
  const [, frontMatter = '', summary = ''] = readFileSync(join(root, file), 'utf8').split(/^---$/m)
  const entries = [...frontMatter.matchAll(/^['"]?([^'":\n]+)['"]?:\s*(\S+)$/gm)]
  for (const [, name = '', bump = ''] of entries) {
    if (!names.has(name)) problems.push(`${file}: ${name} is not a published package`)
    if (!/^(?:major|minor|patch)$/.test(bump)) problems.push(`${file}: ${bump} is not major, minor or patch`)
  }
  if (entries.length === 0) problems.push(`${file}: names no package`)
  if (summary.trim() === '') problems.push(`${file}: says nothing to the user`)
  changesets.set(
    file,
    entries.map(([, name = '']) => name),
  )
}

const pending = new Set([...changesets.values()].flat())
for (const { folder, manifest } of published) {
  if (!existsSync(join(root, folder, 'CHANGELOG.md')) && !pending.has(manifest.name)) {
    problems.push(`${manifest.name} was never released and no changeset introduces it: pnpm changeset`)
  }
}

function git(...args: string[]): string | null {
  const result = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  return result.status === 0 ? result.stdout.trim() : null
}

const base = git('merge-base', process.env.NTK_BASE ?? 'origin/main', 'HEAD')
let compared = 'no base branch to compare with'
if (base !== null && base !== git('rev-parse', 'HEAD')) {
  compared = `compared with ${base.slice(0, 9)}`
  const changed = (git('diff', '--name-only', base) ?? '').split('\n')
  const told = new Set(changed.flatMap((file) => changesets.get(file) ?? []))
  for (const { folder, manifest } of published) {
    if (changed.some((file) => file.startsWith(`${folder}/src/`)) && !told.has(manifest.name)) {
      problems.push(
        `${manifest.name}: its sources changed and no new changeset tells its users: pnpm changeset`,
      )
    }
  }
}

report('changesets', problems, `${changesets.size} pending for ${pending.size} packages, ${compared}`)
