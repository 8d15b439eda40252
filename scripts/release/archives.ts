/** What npm would get: the archives of all packages that are published, and a look into them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { run } from '../process.js'
import { type Manifest, type Package, root, workspacePackages } from '../workspace.js'

/** A package and its archive, as `pnpm pack` makes it: versions in place of `workspace:` and `catalog:`. */
export interface Archive {
  readonly pkg: Package
  readonly path: string
  /** The package.json inside. */
  readonly manifest: Manifest
}

/** The packages that npm gets, those that others lean on first. */
export function publishedPackages(): Package[] {
  const all = workspacePackages().filter(({ manifest }) => manifest.private !== true)
  const byName = new Map(all.map((pkg) => [pkg.manifest.name, pkg]))
  const ordered = new Set<Package>()
  const visit = (pkg: Package): void => {
    const { dependencies, optionalDependencies, peerDependencies } = pkg.manifest
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const other = byName.get(name)
      if (other !== undefined && !ordered.has(other)) visit(other)
    }
    ordered.add(pkg)
  }
  for (const pkg of all) if (!ordered.has(pkg)) visit(pkg)
  return [...ordered]
}

/** The files of a .tgz by their names, in which npm puts `package/` in front. */
export function filesOfArchive(path: string): Map<string, Buffer> {
  const tar = gunzipSync(readFileSync(path))
  const files = new Map<string, Buffer>()
  const text = (from: number, to: number): string => tar.toString('utf8', from, to).replace(/\0.*$/s, '')
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, at + 136), 8)
    const kind = text(at + 156, at + 157)
    const prefix = text(at + 345, at + 500)
    const name = `${prefix === '' ? '' : `${prefix}/`}${text(at, at + 100)}`
    if (kind === '' || kind === '0') files.set(name, tar.subarray(at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

/** The package.json in an archive. Throws where there is none. */
export function manifestOfArchive(path: string): Manifest {
  const file = filesOfArchive(path).get('package/package.json')
  if (file === undefined) throw new Error(`${path} has no package/package.json`)
  return JSON.parse(file.toString('utf8'))
}

/** Packs every published package into `folder`, which is emptied first. Throws where one is not built or cannot be packed. */
export async function packAll(folder: string): Promise<Archive[]> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const packages = publishedPackages()
  for (const { folder: home, manifest } of packages) {
    if (!existsSync(join(root, home, 'dist')))
      throw new Error(`${manifest.name} is not built; run pnpm build first`)
  }
  const filters = packages.flatMap((pkg) => ['--filter', `./${pkg.folder}`])
  const packed = await run('pnpm', ['-r', ...filters, 'pack', '--pack-destination', folder], { cwd: root })
  if (!packed.ok) throw new Error(`pnpm pack failed\n${packed.output}`)
  const byName = new Map(
    readdirSync(folder).map((file) => {
      const path = join(folder, file)
      const manifest = manifestOfArchive(path)
      return [manifest.name, { path, manifest }]
    }),
  )
  return packages.map((pkg) => {
    const archive = byName.get(pkg.manifest.name)
    if (archive === undefined) throw new Error(`pnpm pack made no archive of ${pkg.manifest.name}`)
    return { pkg, ...archive }
  })
}
