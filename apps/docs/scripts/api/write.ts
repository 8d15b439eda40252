import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, type DocumentationEntryPoint, LogLevel, PageEvent } from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import type { Group } from '../../src/site/sidebar.js'
import { type Entry, entriesOf } from './entries.js'
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
  writeFileSync(join(to, 'index.md'), overview(entries, to))
  return [
    {
      text: 'API',
      items: [
        { text: 'Package by package', link: '/api/' },
        ...entries.map((entry) => ({ text: entry.name, link: `/api/${pathOf(entry, to)}` })),
      ],
    },
  ]
}
