/** What a source file names: imports, and packages that are loaded by a call. */
import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { filesUnder, type Package, root } from './workspace.js'

export interface Import {
  readonly specifier: string
  /** Whether it runs at load: false for `import('x')` and for types, which are gone from what is built. */
  readonly atLoad: boolean
}

/** The imports and re-exports of a file, types and dynamic imports included. */
export function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), 'utf8'),
    ts.ScriptTarget.ES2022,
    true,
  )
  const found: Import[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      if (ts.isStringLiteral(node.moduleSpecifier)) {
        const typeOnly = ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly : node.isTypeOnly
        found.push({ specifier: node.moduleSpecifier.text, atLoad: typeOnly !== true })
      }
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments
      if (argument && ts.isStringLiteral(argument)) found.push({ specifier: argument.text, atLoad: false })
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const { literal } = node.argument
      if (ts.isStringLiteral(literal)) found.push({ specifier: literal.text, atLoad: false })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Packages that a file names as an argument of a call: `createRequire(import.meta.url)('koffi')`, `run('knip')`. */
export function namedInCalls(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      for (const argument of node.arguments) if (ts.isStringLiteralLike(argument)) found.push(argument.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true))
  return found
}

/** The file that a relative import of `file` names, relative to the root. */
export function resolveRelative(file: string, specifier: string): string {
  const path = normalize(join(dirname(file), specifier)).replaceAll('\\', '/')
  const source = path.replace(/\.js$/, '.ts').replace(/\.mjs$/, '.mts')
  return existsSync(join(root, source)) ? source : path
}

/** `@scope/name` or `name` of a bare specifier. */
export function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Whether a specifier is one of Node's own modules. */
export function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(packageName(specifier))
}

/** The TypeScript files of a package. AssemblyScript is another language with the same ending. */
export function ownFiles({ folder }: Package): string[] {
  return filesUnder(folder, /\.m?ts$/).filter((file) => !file.startsWith(`${folder}/assembly/`))
}
