import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import ts from 'typescript'

/** Names that a statement declares, where it exports them. */
function declared(statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return []
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.flatMap(({ name }) =>
      ts.isIdentifier(name) ? [name.text] : [],
    )
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement)
  return isNamed && statement.name !== undefined ? [statement.name.text] : []
}

/** Where each name of a package comes from, as its index says, below the folder of the index: `add` -> `ops/binary.js`. */
export function exportedFrom(index: string, file: string = index): Map<string, string> {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022)
  const below = (path: string): string => relative(dirname(index), path).replaceAll('\\', '/')
  const places = new Map<string, string>()
  for (const statement of source.statements) {
    for (const name of declared(statement)) places.set(name, below(file))
    if (!ts.isExportDeclaration(statement)) continue
    const { exportClause, moduleSpecifier } = statement
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) continue
    const path = join(dirname(file), moduleSpecifier.text)
    if (exportClause === undefined) {
      const all = exportedFrom(index, path.replace(/\.js$/, '.ts'))
      for (const [name, place] of all) places.set(name, place)
    } else {
      const names = ts.isNamedExports(exportClause) ? exportClause.elements : [exportClause]
      for (const { name } of names) places.set(name.text, below(path))
    }
  }
  return places
}
