/** The manual as a reader has it: the built site in the system's Chromium. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Asked } from './compute-child.js'
import { type StaticServer, serve } from './static-server.js'

export const dist: string = join(import.meta.dirname, '../.vitepress/dist')
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))

/** Why the site cannot be looked at here; null where it can. */
export const missing: string | null = !existsSync(join(dist, 'index.html'))
  ? 'the manual is not built: pnpm docs:build'
  : executablePath === undefined
    ? 'there is no Chromium: apt-get install chromium'
    : null

/** Paths of all pages of the built site below a folder. */
export function pagesUnder(folder: string): string[] {
  return readdirSync(join(dist, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`
    if (entry.isDirectory()) return entry.name === 'assets' ? [] : pagesUnder(`${path}/`)
    return path.endsWith('.html') && path !== '/404.html' ? [path] : []
  })
}

/** What a demo has said: the event of a result. */
export interface Heard extends Asked {
  readonly result: unknown
}

/** Keeps what demos say, and the main thread's long tasks. */
export const listen = `
  window.heard = []
  window.faults = []
  document.addEventListener('ntk-result', ({ detail }) => heard.push(detail))
  document.addEventListener('ntk-fault', ({ detail }) => faults.push(detail.fault))
  window.longTasks = []
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' })
`

export interface Look {
  readonly dark: boolean
  readonly width: number
}

export interface OpenOptions extends Partial<Look> {
  readonly scripts?: boolean
}

export interface Reader {
  readonly browser: Browser
  readonly host: StaticServer
  /** Errors in consoles and requests to other hosts so far. */
  readonly troubles: string[]
  /** A page of a reader who comes for the first time. */
  readonly open: (path: string, options?: OpenOptions) => Promise<Page>
  /** A page of a reader who has read others: what they share is loaded and compiled once. */
  readonly leafTo: (path: string, look: Look) => Promise<Page>
  readonly close: () => Promise<void>
}

/** What makes a page cross-origin isolated, so that its workers may share memory. */
const isolating = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** @param isolated whether the host sends the headers that allow threads; a plain host cannot */
export async function startReader(isolated = false): Promise<Reader> {
  const host = await serve(dist, isolated ? isolating : {})
  const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  const troubles: string[] = []
  const contextOf = ({ dark = false, width = 1280, scripts = true }: OpenOptions): Promise<BrowserContext> =>
    browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      javaScriptEnabled: scripts,
    })
  const pageIn = async (context: BrowserContext, path: string, scripts = true): Promise<Page> => {
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(`${path}: ${message.text()}`)
    })
    page.on('pageerror', (error) => troubles.push(`${path}: ${error.message}`))
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== host.url)
        troubles.push(`${path}: asks another host, ${request.url()}`)
    })
    if (scripts) await page.addInitScript(listen)
    await page.goto(host.url + path, { waitUntil: 'networkidle' })
    return page
  }
  const kept = new Map<string, Promise<BrowserContext>>()
  return {
    browser,
    host,
    troubles,
    open: async (path, options = {}) => pageIn(await contextOf(options), path, options.scripts),
    leafTo: async (path, look) => {
      const name = `${look.width} ${look.dark}`
      const context = kept.get(name) ?? contextOf(look)
      kept.set(name, context)
      return pageIn(await context, path)
    },
    close: async () => {
      await browser.close()
      await host.close()
    },
  }
}

/** What is seen of a page at once, in pixels. */
const height = 900

/** Shows an open page in another look. */
export async function change(page: Page, { dark, width }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
  await page.setViewportSize({ width, height })
}
