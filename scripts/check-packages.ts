/**
 * What npm would get, seen as a user sees it. Every published package is packed, looked at by publint and "are the
 * types wrong", and published to a registry of this run's own, by the code that publishes releases. Then each is
 * installed from there in an empty folder outside the workspace, with what the programs of its README import beside
 * it; there these programs are type-checked against the shipped types and run, and its entries and commands are started.
 * The repository's README and the first pages of the manual are tried likewise, and the commands of its guides where the
 * command is installed.
 * At last two versions of @ntk/tensor are installed side by side, and must work or refuse each other by name.
 *
 * `pnpm check:packages [name ...]` looks at these packages alone (`stax`, `@ntk/stax`).
 */
import { mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { mapAtMost, run } from './process.js'
import { type Archive, filesOfArchive, packAll } from './release/archives.js'
import { checkAsUser, registryConfig, type Trial } from './release/as-user.js'
import { startRegistry } from './release/local-registry.js'
import { publishArchives } from './release/publish.js'
import { checkTwoVersions } from './release/two-versions.js'
import { filesUnder, readManifest, report, root } from './workspace.js'

const bin = (name: string): string => join(root, 'node_modules/.bin', name)

/** What publint and "are the types wrong" say of an archive. A package that is only a command has no types to look at. */
async function checkArchive({ path, manifest }: Archive): Promise<string[]> {
  const looks: [string, readonly string[]][] = [[bin('publint'), ['run', path, '--strict']]]
  if (Object.keys(manifest.exports ?? {}).some((key) => !key.endsWith('.json'))) {
    looks.push([bin('attw'), [path, '--profile', 'esm-only', '--no-emoji', '--no-color']])
  }
  const { access, provenance } = manifest.publishConfig ?? {}
  const settings = access === 'public' && provenance === true
  const said = await Promise.all(looks.map(([command, args]) => run(command, args, { cwd: root })))
  const problems = said.flatMap(({ ok, output }, i) =>
    ok ? [] : [`${manifest.name}: ${basename(looks[i]?.[0] ?? '')}\n${output}`],
  )
  if (!settings) problems.push(`${manifest.name}: publishConfig needs access "public" and provenance true`)
  return problems
}

const wanted = process.argv.slice(2).map((name) => (name.startsWith('@') ? name : `@ntk/${name}`))
const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'ntk-packages-')))
const registry = await startRegistry()
const start = performance.now()
try {
  const archives = await packAll(join(temporary, 'archives'))
  const chosen = archives.filter(({ manifest }) => wanted.length === 0 || wanted.includes(manifest.name))
  const userconfig = registryConfig(temporary, registry.url)
  const looks = mapAtMost(chosen, 1, checkArchive)
  await publishArchives(archives, { registry: registry.url, userconfig })
  const guides = filesUnder('apps/docs/site/guides', /\.md$/).map((page) => ({
    page,
    text: readFileSync(join(root, page), 'utf8'),
  }))
  const trials: Trial[] = chosen.map(({ manifest, path, pkg }) => ({
    manifest,
    page: `${pkg.folder}/README.md`,
    text: filesOfArchive(path).get('package/README.md')?.toString('utf8') ?? null,
    ...(manifest.bin === undefined ? {} : { also: guides }),
  }))
  if (wanted.length === 0) {
    for (const page of ['README.md', ...filesUnder('apps/docs/site/start', /\.md$/)]) {
      const text = readFileSync(join(root, page), 'utf8')
      // A page with commands is about the command.
      trials.push({
        page,
        text,
        ...(/^```sh run$/m.test(text) ? { manifest: readManifest('apps/cli') } : {}),
      })
    }
  }
  const used = mapAtMost(trials, availableParallelism(), (trial) =>
    checkAsUser(trial, join(temporary, trial.page.replaceAll('/', '-')), userconfig),
  )
  const problems = [...(await looks).flat(), ...(await used).flat()]
  if (wanted.length === 0) {
    problems.push(...(await checkTwoVersions(archives, temporary, registry.url, userconfig)))
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  report('packages', problems, `${chosen.length} published, installed and their pages run, ${seconds} s`)
} finally {
  await registry.close()
  rmSync(temporary, { recursive: true, force: true })
}
