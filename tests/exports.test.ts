import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { libraries, root, sourceTargets } from '../scripts/workspace.js'

/** The names that a statement of a file exports: values as they are, types with `type` before. */
function namesOf(statement: ts.Statement, file: string): string[] {
  if (ts.isExportDeclaration(statement)) {
    const { exportClause, moduleSpecifier } = statement
    // Only generated files are exported whole.
    if (exportClause === undefined && moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)) {
      return exportedNames(join(dirname(file), moduleSpecifier.text.replace(/\.js$/, '.ts')))
    }
    if (exportClause === undefined) return []
    if (ts.isNamespaceExport(exportClause)) return [exportClause.name.text]
    const { elements } = exportClause
    return elements.map((e) => `${statement.isTypeOnly || e.isTypeOnly ? 'type ' : ''}${e.name.text}`)
  }
  const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
  if (!modifiers.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) return []
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map((d) => d.name.getText())
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
    return [`type ${statement.name.text}`]
  }
  const named = ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)
  return named && statement.name ? [statement.name.text] : []
}

function exportedNames(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true)
  return statements.flatMap((statement) => namesOf(statement, file)).toSorted()
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
