/**
 * Looks at what npm would publish: packs every built package, asks publint and "are the types wrong" about the
 * archive, checks that the built files import only what their package.json declares, and loads each entry in plain
 * Node, without the condition that points to sources.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Package, report, root, workspacePackages } from './workspace.js'

const bin = (name: string): string => join(root, 'node_modules/.bin', name)

/** Runs a program; what it said is returned where it failed. */
function complaint(command: string, args: readonly string[], cwd: string): string | null {
  const result = spawnSync(command, args, { cwd, encoding: 'utf8', shell: process.platform === 'win32' })
  if (result.status === 0) return null
  return `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trim()
}

function check({ folder, manifest }: Package, temporary: string): string[] {
  const home = join(root, folder)
  if (!existsSync(join(home, 'dist'))) return [`${manifest.name}: not built; run pnpm build first`]
  const archive = join(temporary, `${manifest.name.replace('@', '').replace('/', '-')}.tgz`)
  const entries = Object.keys(manifest.exports ?? {}).filter((key) => !key.endsWith('.json'))
  const load = entries
    .map((key) => `await import(${JSON.stringify(`${manifest.name}${key.slice(1)}`)})`)
    .join('\n')
  const steps: [string, string, readonly string[], string][] = [
    ['pack', 'pnpm', ['pack', '--out', archive], home],
    ['publint', bin('publint'), ['run', archive, '--strict'], home],
  ]
  // A package that is only a command has nothing to import.
  if (entries.length > 0) {
    steps.push(
      ['attw', bin('attw'), [archive, '--profile', 'esm-only', '--no-emoji', '--no-color'], home],
      ['load', process.execPath, ['--input-type=module', '--eval', load], home],
    )
  }
  const found: string[] = []
  for (const [step, command, args, cwd] of steps) {
    const said = complaint(command, args, cwd)
    if (said !== null) found.push(`${manifest.name}: ${step}\n${said}`)
  }
  if (!existsSync(join(home, 'README.md'))) found.push(`${manifest.name}: no README.md`)
  return found
}

const temporary = mkdtempSync(join(tmpdir(), 'ntk-packages-'))
try {
  const all = workspacePackages().filter(({ manifest }) => manifest.private !== true)
  const problems = all.flatMap((pkg) => check(pkg, temporary))
  report('packages', problems, `${all.length} packed, linted and loaded`)
} finally {
  rmSync(temporary, { recursive: true, force: true })
}
