import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { libraries, root, sourceTargets } from '../scripts/workspace.js'

/** The names that an entry file lists: values as they are, types with `type` before. */
function exportedNames(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022)
  return source.statements
    .flatMap((statement) => {
      if (!ts.isExportDeclaration(statement)) return []
      if (!statement.exportClause || !ts.isNamedExports(statement.exportClause)) return []
      const { elements } = statement.exportClause
      return elements.map((e) => `${statement.isTypeOnly || e.isTypeOnly ? 'type ' : ''}${e.name.text}`)
    })
    .toSorted()
}

// A changed snapshot is a changed public surface: say so in a changeset, then `npx vitest run tests/exports.test.ts -u`.
for (const { folder, manifest } of libraries()) {
  for (const [key, [target = '']] of sourceTargets(manifest.exports)) {
    const entry = join(manifest.name, key).replaceAll('\\', '/')
    const file = join(root, folder, target)

    test(`${entry} exports the names of its snapshot`, () => {
      expect(exportedNames(file)).toMatchSnapshot()
    })

    test(`${entry} has at run time every value that it lists`, async () => {
      const module: object = await import(pathToFileURL(file).href)
      const values = exportedNames(file).filter((name) => !name.startsWith('type '))
      expect(Object.keys(module).toSorted()).toEqual(values)
    })
  }
}
