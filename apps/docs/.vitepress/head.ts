import type { Plugin } from 'vitepress'
import { start as dual } from '../src/demos/dual/start.js'
import { start as phase } from '../src/demos/phase/start.js'
import { start as regression } from '../src/demos/regression/start.js'
import { start as spectrum } from '../src/demos/spectrum/start.js'
import { earlyId } from '../src/worker/early.js'
import type { Question } from '../src/worker/messages.js'

/** First settings of the demos that compute without being asked, by their jobs. */
const starts: Readonly<Record<string, unknown>> = { dual, phase, regression, spectrum }

/** Scripts of the page that show a demo, by its job: its view with what that imports. */
const views = new Map<string, readonly string[]>()

/** Keeps the names that the build gives to the views of demos. */
export const keepViews: Plugin = {
  name: 'ntk-views',
  generateBundle(_, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !chunk.fileName.startsWith('assets/')) continue
      const job = /src\/demos\/(\w+)\/view\.ts$/.exec(chunk.facadeModuleId ?? '')?.[1]
      if (job !== undefined) views.set(job, [chunk.fileName, ...chunk.imports])
    }
  },
}

/** What of a page's context is looked at. */
interface PageContext {
  readonly pageData: {
    readonly relativePath: string
    readonly frontmatter: Readonly<Record<string, unknown>>
  }
  /** Addresses of what was built beside pages and their scripts. */
  readonly assets: readonly string[]
  readonly siteData: { readonly base: string }
}

/** Before the stylesheet, which scripts behind it wait for. */
function early(job: string, worker: string): string {
  const settings = JSON.stringify(starts[job])
  const question: Question = { id: earlyId, job, settings: starts[job] }
  return `<script>{
  const events = []
  const worker = new Worker(${JSON.stringify(worker)}, { type: 'module', name: '${job}' })
  const listening = new AbortController()
  for (const kind of ['message', 'error'])
    worker.addEventListener(kind, (event) => events.push(event), { signal: listening.signal })
  worker.postMessage(${JSON.stringify(question)})
  window.ntkEarly = { worker, job: '${job}', settings: ${JSON.stringify(settings)}, events, release: () => listening.abort() }
}</script>`
}

/**
 * The head of a page that opens with a demo, which its frontmatter names (`opens: regression`): starts the demo's worker, and fetches the
 * demo's own scripts with those of the page.
 */
export function openDemo(html: string, { pageData, assets, siteData }: PageContext): string {
  const job: unknown = pageData.frontmatter.opens
  if (job === undefined) return html
  const worker = assets.find((path) => /\/worker-[^/]*\.js$/.test(path))
  const view = typeof job === 'string' && job in starts ? views.get(job) : undefined
  if (typeof job !== 'string' || worker === undefined || view === undefined)
    throw new Error(`${pageData.relativePath} opens ${String(job)}, which is no demo that computes at once.`)
  const links = view
    .map((file) => siteData.base + file)
    .filter((path) => !html.includes(`href="${path}"`))
    .map((path) => `<link rel="modulepreload" href="${path}">`)
  return html
    .replace('<meta charset="utf-8">', (meta) => `${meta}\n    ${early(job, worker)}`)
    .replace('</head>', (end) => `  ${links.join('\n    ')}\n  ${end}`)
}
