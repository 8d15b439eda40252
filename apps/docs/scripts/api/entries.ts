import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** An entry of a library: what `import` takes, and the file behind it. */
export interface Entry {
  /** `@ntk/tensor/options` */
  readonly name: string
  readonly file: string
  /** What its package is, as package.json says. */
  readonly about: string
}

/** All entries of the packages in a folder; the main one of a package comes before its others. */
export function entriesOf(packages: string): Entry[] {
  return readdirSync(packages)
    .toSorted()
    .flatMap((folder) => {
      const manifest: {
        readonly name: string
        readonly description: string
        readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
      } = JSON.parse(readFileSync(join(packages, folder, 'package.json'), 'utf8'))
      return Object.entries(manifest.exports).flatMap(([key, target]) => {
        const source = typeof target === 'string' ? undefined : target['@ntk/source']
        const name = key === '.' ? manifest.name : `${manifest.name}/${key.slice(2)}`
        return source === undefined
          ? []
          : [{ name, file: join(packages, folder, source), about: manifest.description }]
      })
    })
}
