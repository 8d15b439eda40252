/**
 * Says in every published package.json where its sources are: `pnpm release:repository [URL]`, which is the URL of the
 * remote `origin` where left out. npm wants it for the proof of where an archive was made.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../process.js'
import { root } from '../workspace.js'
import { publishedPackages } from './archives.js'

const remote = process.argv[2] ?? (await run('git', ['remote', 'get-url', 'origin'], { cwd: root })).output
const [, host, path] =
  /^(?:git\+)?(?:https:\/\/|ssh:\/\/git@|git@)([^/:]+)[/:](.+?)(?:\.git)?\/?$/.exec(remote) ?? []
if (host === undefined || path === undefined) {
  console.error(`repository: needs a URL such as https://github.com/owner/name; got ${remote}`)
  process.exitCode = 1
} else {
  const packages = publishedPackages()
  for (const { folder } of packages) {
    const file = join(root, folder, 'package.json')
    const { repository: _, ...manifest }: Record<string, unknown> = JSON.parse(readFileSync(file, 'utf8'))
    const repository = { type: 'git', url: `git+https://${host}/${path}.git`, directory: folder }
    const fields = Object.entries(manifest).flatMap(([key, value]) =>
      key === 'license'
        ? [
            [key, value],
            ['repository', repository],
          ]
        : [[key, value]],
    )
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n`)
  }
  console.log(`repository: https://${host}/${path} in ${packages.length} packages`)
}
