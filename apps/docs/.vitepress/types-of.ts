import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const root = join(import.meta.dirname, '../../..')
const site = join(import.meta.dirname, '../site')

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  customConditions: ['@ntk/source'],
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
}

/** What stands over a name when the pointer rests on it. */
export interface Hover {
  readonly type: 'hover'
  readonly text: string
  readonly docs?: string
  readonly target: string
  readonly start: number
  readonly length: number
  readonly line: number
  readonly character: number
}

/** Files that are programs of pages, by paths that do not exist. The compiler looks at all of them at once, which is what makes it fast. */
const programs = new Map<string, string>()
const paths = new Map<string, string>()

function add(code: string): string {
  const known = paths.get(code)
  if (known !== undefined) return known
  const path = join(root, `.hover-${paths.size}.ts`)
  paths.set(code, path)
  programs.set(path, code)
  return path
}

/** Blocks of TypeScript at the start of a line; any other is added when it comes. */
function addPages(): void {
  for (const file of readdirSync(site, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.md') || /^(?:api|gallery)\b/.test(file)) continue
    const text = readFileSync(join(site, file), 'utf8')
    for (const [, code = ''] of text.matchAll(/^```ts(?: [^\n]*)?\n([\s\S]*?)\n```$/gm)) add(code)
  }
}

const host: ts.LanguageServiceHost = {
  getCompilationSettings: () => options,
  getScriptFileNames: () => [...programs.keys()],
  getScriptVersion: () => '1',
  getScriptSnapshot: (path) => {
    const text = programs.get(path) ?? ts.sys.readFile(path)
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
  },
  getCurrentDirectory: () => root,
  getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
  fileExists: (path) => programs.has(path) || ts.sys.fileExists(path),
  readFile: (path) => programs.get(path) ?? ts.sys.readFile(path),
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
  readDirectory: ts.sys.readDirectory,
  ...(ts.sys.realpath === undefined ? {} : { realpath: ts.sys.realpath }),
}

let service: ts.LanguageService | null = null

function started(): ts.LanguageService {
  if (service !== null) return service
  addPages()
  service = ts.createLanguageService(host)
  return service
}

/** Names that stand in every program and say nothing. */
const plain = new Set(['console', 'log'])

/** Names where they are used: what is imported is used further down. */
function namesIn(source: ts.SourceFile): ts.Identifier[] {
  const names: ts.Identifier[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) return
    if (ts.isIdentifier(node) && !plain.has(node.text)) names.push(node)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return names
}

/** The types and descriptions of the names in a program, as the sources of the packages give them. A program with a fault ends the build. */
export function typesOf(code: string): { code: string; nodes: Hover[] } {
  const compiler = started()
  const path = add(code)
  const source = compiler.getProgram()?.getSourceFile(path)
  if (source === undefined) throw new Error(`The compiler does not know a program of the manual:\n${code}`)
  const [fault] = compiler.getSemanticDiagnostics(path)
  if (fault !== undefined)
    throw new Error(`${ts.flattenDiagnosticMessageText(fault.messageText, '\n')} in\n${code}`)
  const nodes = namesIn(source).flatMap((name): Hover[] => {
    const start = name.getStart(source)
    const info = compiler.getQuickInfoAtPosition(path, start)
    if (info === undefined) return []
    const text = ts.displayPartsToString(info.displayParts)
    // The first paragraph: the rest stands on the page of the API.
    const [docs = ''] = ts.displayPartsToString(info.documentation).split('\n\n')
    const at = { start, length: name.text.length, ...source.getLineAndCharacterOfPosition(start) }
    return [{ type: 'hover', text, target: name.text, ...at, ...(docs === '' ? {} : { docs }) }]
  })
  return { code, nodes }
}
