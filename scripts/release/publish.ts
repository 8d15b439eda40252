/**
 * Publishes what is not on the registry yet: `pnpm release:publish [--dry-run] [--tag NAME] [--registry URL] [--snapshot]`.
 *
 * The archives are packed first, all of them, then given to npm as they are, those first that others lean on; so what
 * was checked is what is published, and a run that broke off goes on where it stopped. Nothing is published while
 * changesets wait for their versions, except as a snapshot.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { mapAtMost, run } from '../process.js'
import { filesUnder, root } from '../workspace.js'
import { type Archive, packAll, publishedPackages } from './archives.js'

export interface PublishOptions {
  /** The dist-tag; `latest` where left out. */
  readonly tag?: string
  /** Where to; npm's own where left out. */
  readonly registry?: string
  /** Everything but the upload. */
  readonly dryRun?: boolean
  /** An npmrc file in place of the user's. */
  readonly userconfig?: string
}

/** Changesets that have not become versions. */
export function pendingChangesets(): string[] {
  return filesUnder('.changeset', /\.md$/).filter((file) => !file.endsWith('/README.md'))
}

/** Whether the archive's version is on the registry. */
async function isPublished(
  { manifest: { name, version } }: Archive,
  registryArguments: string[],
): Promise<boolean> {
  const seen = await run('npm', ['view', `${name}@${version}`, 'version', ...registryArguments], {
    cwd: root,
  })
  if (seen.ok) return seen.output.includes(version)
  if (/E404|404 Not Found/.test(seen.output)) return false
  throw new Error(`the registry does not say whether ${name}@${version} is there\n${seen.output}`)
}

/** Whether npm can prove where the archives were made: in a continuous run, to its own registry. */
function proves(registry: string | undefined): boolean {
  return process.env.GITHUB_ACTIONS === 'true' && registry === undefined
}

/** Uploads the archives that the registry lacks, in their order; returns these. Throws at the first that npm refuses. */
export async function publishArchives(
  archives: readonly Archive[],
  { tag = 'latest', registry, dryRun = false, userconfig }: PublishOptions = {},
): Promise<Archive[]> {
  const where = [
    ...(registry === undefined ? [] : [`--registry=${registry}`]),
    ...(userconfig === undefined ? [] : [`--userconfig=${userconfig}`]),
  ]
  const proof = proves(registry) ? [] : ['--provenance=false']
  const there = await mapAtMost(archives, 4, (archive) => isPublished(archive, where))
  const published = archives.filter((_, i) => !there[i])
  for (const archive of published) {
    const options = ['--tag', tag, ...proof, ...where, ...(dryRun ? ['--dry-run'] : [])]
    const { ok, output } = await run('npm', ['publish', archive.path, ...options], { cwd: root })
    if (!ok) throw new Error(`npm refuses ${archive.manifest.name}@${archive.manifest.version}\n${output}`)
  }
  return published
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'dry-run': { type: 'boolean', default: false },
      snapshot: { type: 'boolean', default: false },
      tag: { type: 'string' },
      registry: { type: 'string' },
    },
  })
  const pending = pendingChangesets().length
  if (pending > 0 && !values.snapshot) {
    console.log(`publish: nothing, as ${pending} changesets wait for their versions (pnpm release:version)`)
    return
  }
  const lost = publishedPackages().filter(({ manifest }) => manifest.repository === undefined)
  if (proves(values.registry) && lost.length > 0) {
    throw new Error(
      'npm cannot prove where archives were made without `repository`; run pnpm release:repository',
    )
  }
  const folder = mkdtempSync(join(tmpdir(), 'ntk-publish-'))
  try {
    const archives = await packAll(folder)
    const published = await publishArchives(archives, {
      ...(values.tag === undefined ? {} : { tag: values.tag }),
      ...(values.registry === undefined ? {} : { registry: values.registry }),
      dryRun: values['dry-run'],
    })
    for (const { manifest } of published) console.log(`${manifest.name}@${manifest.version}`)
    const how = values['dry-run'] ? 'would be published' : 'published'
    console.log(`publish: ${published.length} of ${archives.length} packages ${how}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) await main()
