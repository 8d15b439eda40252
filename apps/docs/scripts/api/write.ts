import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, type DocumentationEntryPoint, LogLevel, PageEvent } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import type { Group } from '../../src/site/sidebar.js'
import { type Entry, entriesOf } from './entries.js'
import { exportedFrom } from './exported.js'
import { groups, type PageGroup } from './groups.js'
import { membersOf, type Page, relink, splitPage } from './split.js'
import { tidy } from './tidy.js'

/** `@ntk/tensor/options` -> `tensor/options`, with a slash behind where its page is the index of a folder. */
function pathOf({ name }: Entry, folder: string): string {
  const path = name.replace(/^@ntk\//, '')
  return existsSync(join(folder, `${path}.md`)) ? path : `${path}/`
}

function overview(entries: readonly Entry[], folder: string): string {
  const rows = entries.map(
    (entry) =>
      `| [\`${entry.name}\`](./${pathOf(entry, folder)}) | ${entry.name.split('/').length > 2 ? '' : entry.about} |`,
  )
  return [
    '# The API, package by package',
    'All that the packages export, with types, shapes, units and errors, out of the docstrings of their sources. Each package can be installed by itself.',
    ['| import from | |', '|---|---|', ...rows].join('\n'),
    'What options and arguments have in common stands on the page of conventions in the repository; which name of neural-tangents is which of ours, under [From neural-tangents](/from-neural-tangents).',
  ].join('\n\n')
}

/** Names on one page of a package that has not been given groups. */
const mostNames = 110

const plugins = [
  import.meta.resolve('typedoc-plugin-markdown'),
  import.meta.resolve('typedoc-vitepress-theme'),
]

const markdown: Partial<PluginOptions> = {
  hideBreadcrumbs: true,
  hidePageHeader: true,
  sanitizeComments: true,
  excludeScopesInPaths: true,
  entryFileName: 'index',
  // Two names may give one anchor: NtkErrorCode, and code of NtkError.
  useCustomAnchors: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
}

/** Gives large packages their pages in place of one, and links that lead to them; returns the groups of each such package. */
function splitLarge(entries: readonly Entry[], to: string): Map<string, readonly PageGroup[]> {
  const split = new Map<string, readonly PageGroup[]>()
  const large = new Map<string, readonly Page[]>()
  const pages = new Map<string, Page>()
  for (const path of readdirSync(to, { recursive: true, encoding: 'utf8' })) {
    if (path.endsWith('.md')) pages.set(path, { path, text: readFileSync(join(to, path), 'utf8') })
  }
  for (const entry of entries) {
    const own = groups[entry.name]
    const page = pages.get(pathOf(entry, to).replace(/\/$/, '/index') + '.md')
    if (page === undefined) throw new Error(`${entry.name} has no page.`)
    const count = membersOf(page.text).length
    if (own === undefined && count > mostNames)
      throw new Error(
        `The page of ${entry.name} has ${count} names: give it groups in scripts/api/groups.ts.`,
      )
    if (own === undefined) continue
    split.set(entry.name, own)
    large.set(page.path, splitPage(page, entry.name, own, exportedFrom(entry.file)))
  }
  for (const parts of large.values()) for (const part of parts) pages.set(part.path, part)
  for (const { path, text } of relink([...pages.values()], large)) {
    mkdirSync(dirname(join(to, path)), { recursive: true })
    writeFileSync(join(to, path), text)
  }
  return split
}

/** Writes a page for every entry of every package in `packages`, and the overview, into a folder of their own; gives its sidebar. */
export async function writeApi(packages: string, tsconfig: string, to: string): Promise<Group[]> {
  rmSync(to, { recursive: true, force: true })
  mkdirSync(to, { recursive: true })
  const entries = entriesOf(packages)
  // The sidebar is ours: it names entries as they are imported.
  const vitepress = { docsRoot: join(to, '..'), sidebar: { autoConfiguration: false } }
  const app = await Application.bootstrapWithPlugins({
    entryPoints: entries.map(({ file }) => file),
    tsconfig,
    plugin: plugins.map((name) => fileURLToPath(name)),
    out: to,
    ...markdown,
    ...vitepress,
    router: 'module',
    readme: 'none',
    // Types are checked by `pnpm types`.
    skipErrorChecking: true,
    disableSources: true,
    excludeInternal: true,
    // What errors inherit from JavaScript's own.
    excludeExternals: true,
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases', '*'],
    // A list in brackets at the start of a sentence looks like a link, of which it would warn.
    logLevel: LogLevel.Error,
  })
  const files = new Map(entries.map((entry) => [entry.file, entry]))
  const points = (app.getEntryPoints() ?? []).map((point): DocumentationEntryPoint => {
    const entry = files.get(point.sourceFile?.fileName ?? '')
    return { ...point, displayName: entry?.name ?? point.displayName }
  })
  if (points.length !== entries.length)
    throw new Error(`TypeDoc found ${points.length} of ${entries.length} entries.`)
  const project = app.converter.convert(points)
  app.renderer.on(PageEvent.END, (page) => {
    if (page.contents !== undefined) page.contents = tidy(page.contents)
  })
  await app.generateOutputs(project)
  const parts = splitLarge(entries, to)
  writeFileSync(join(to, 'index.md'), overview(entries, to))
  return [
    {
      text: 'API',
      items: [
        { text: 'Package by package', link: '/api/' },
        ...entries.flatMap((entry) => [
          { text: entry.name, link: `/api/${pathOf(entry, to)}` },
          ...(parts.get(entry.name) ?? []).map(({ title, slug }) => ({
            text: `— ${title}`,
            link: `/api/${entry.name.replace(/^@ntk\//, '')}/${slug}`,
          })),
        ]),
      ],
    },
  ]
}
