import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder, with a trailing separator. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly repository?: { readonly url: string }
  readonly publishConfig?: { readonly access?: string; readonly provenance?: boolean }
  readonly bin?: Readonly<Record<string, string>>
  readonly exports?: Readonly<Record<string, unknown>>
  readonly imports?: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
  readonly packageManager?: string
  readonly scripts?: Readonly<Record<string, string>>
}

/** A package of the workspace that has code. `folder` is relative to the root, with forward slashes. */
export interface Package {
  readonly folder: string
  readonly manifest: Manifest
}

/** Reads a package.json; the workspace's own files are trusted to have the shape. */
export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
}

/** Every package, app and the bench, in a stable order; folders without sources are left out. */
export function workspacePackages(): Package[] {
  const folders = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  )
  return [...folders, 'bench']
    .filter((folder) => existsSync(join(root, folder, 'src')))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .toSorted()
    .map((folder) => ({ folder, manifest: readManifest(folder) }))
}

/** The published libraries: those of `packages/`, with an index. */
export function libraries(): Package[] {
  return workspacePackages().filter(
    ({ folder }) => folder.startsWith('packages/') && existsSync(join(root, folder, 'src/index.ts')),
  )
}

const skipped = new Set(['node_modules', 'dist', 'generated', 'coverage', '.turbo'])

/** Paths relative to the root of all files under a folder whose names match; generated folders are left out. */
export function filesUnder(folder: string, match: RegExp): string[] {
  const top = join(root, folder)
  if (!existsSync(top)) return []
  return readdirSync(top, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(top, entry.name)
      const name = relative(root, path).split(sep).join('/')
      if (entry.isDirectory()) return skipped.has(entry.name) ? [] : filesUnder(name, match)
      return match.test(entry.name) ? [name] : []
    })
}

/** The paths behind each `@ntk/source` condition of an `exports` or `imports` field, by its key (`.`, `./node`, `#native`). */
export function sourceTargets(field: Readonly<Record<string, unknown>> | undefined): Map<string, string[]> {
  const targets = new Map<string, string[]>()
  const visit = (key: string, node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [condition, target] of Object.entries(node)) {
      if (condition === '@ntk/source' && typeof target === 'string') {
        targets.set(key, [...(targets.get(key) ?? []), target])
      } else visit(key, target)
    }
  }
  for (const [key, node] of Object.entries(field ?? {})) visit(key, node)
  return targets
}

/** Prints what a check found and sets the exit status. */
export function report(check: string, problems: readonly string[], summary: string): void {
  for (const problem of problems) console.error(problem)
  if (problems.length > 0) {
    console.error(`${check}: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`)
    process.exitCode = 1
  } else console.log(`${check}: ${summary}`)
}
