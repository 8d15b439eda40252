/**
 * Tags what was published and tells of it: `pnpm release:announce`. Each package whose version has no tag `name@version`
 * on `origin` gets one at the commit that is checked out, and a release on GitHub with its part of the changelog.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf } from '../process.js'
import { root } from '../workspace.js'
import { publishedPackages } from './archives.js'
import { pendingChangesets } from './publish.js'

const done = (command: string, ...args: string[]): Promise<string> => outputOf(command, args, { cwd: root })

/** What a changelog says of a version; `''` where it says nothing. */
function sectionOf(changelog: string, version: string): string {
  const [, ...sections] = changelog.split(/^## /m)
  const section = sections.find((text) => text.split('\n', 1)[0]?.trim() === version)
  return section?.slice(version.length).trim() ?? ''
}

const refs = await done('git', 'ls-remote', '--tags', 'origin')
const tagged = new Set([...refs.matchAll(/refs\/tags\/(\S+?)(?:\^\{\})?$/gm)].map(([, tag]) => tag))
// While changesets wait, the versions on this commit are those of the release before.
const packages = pendingChangesets().length > 0 ? [] : publishedPackages()
let count = 0
for (const { folder, manifest } of packages) {
  const tag = `${manifest.name}@${manifest.version}`
  if (tagged.has(tag)) continue
  const page = join(root, folder, 'CHANGELOG.md')
  const notes = existsSync(page) ? sectionOf(readFileSync(page, 'utf8'), manifest.version) : ''
  if (notes === '')
    throw new Error(`${folder}/CHANGELOG.md says nothing of ${manifest.version}; run release:version`)
  await done('git', 'tag', '--annotate', '--force', tag, '--message', tag)
  await done('git', 'push', 'origin', `refs/tags/${tag}`)
  await done('gh', 'release', 'create', tag, '--verify-tag', '--title', tag, '--notes', notes)
  count += 1
}
console.log(`announce: ${count} of ${packages.length} packages tagged and told of`)
