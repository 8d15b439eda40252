/**
 * The manual as a reader has it: the built site in the system's Chromium. Skipped, saying why, where the site was not built or there is no
 * Chromium.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RegressionResult, RegressionSettings } from '../src/demos/regression/compute.js'
import { regression } from '../src/demos/regression/compute.js'
import { unheard } from '../src/worker/job.js'
import { type StaticServer, serve } from './static-server.js'

const dist = join(import.meta.dirname, '../.vitepress/dist')
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))
const missing = !existsSync(join(dist, 'index.html'))
  ? 'the manual is not built: pnpm docs:build'
  : executablePath === undefined
    ? 'there is no Chromium: apt-get install chromium'
    : null

/** Paths of all pages of the built site. */
function pagesUnder(folder: string): string[] {
  return readdirSync(join(dist, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`
    if (entry.isDirectory()) return entry.name === 'assets' ? [] : pagesUnder(`${path}/`)
    return path.endsWith('.html') && path !== '/404.html' ? [path] : []
  })
}

interface Heard {
  readonly settings: RegressionSettings
  readonly result: RegressionResult
  readonly at: number
}

/** Keeps what demos say, and the main thread's long tasks. */
const listen = `
  window.heard = []
  document.addEventListener('ntk-result', ({ detail }) => heard.push({ ...detail, at: performance.now() }))
  window.longTasks = []
  new PerformanceObserver((list) => longTasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: 'longtask' })
`

test.runIf(missing !== null)('the manual in a browser', ({ skip }) => skip(missing ?? ''))

describe.skipIf(missing !== null)('the manual', () => {
  let browser: Browser
  let host: StaticServer
  const troubles: string[] = []

  beforeAll(async () => {
    host = await serve(dist)
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] })
  })
  afterAll(async () => {
    await browser?.close()
    await host?.close()
  })

  async function open(
    path: string,
    options: { dark?: boolean; width?: number; scripts?: boolean } = {},
  ): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: options.width ?? 1280, height: 900 },
      colorScheme: options.dark === true ? 'dark' : 'light',
      javaScriptEnabled: options.scripts ?? true,
    })
    const page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(`${path}: ${message.text()}`)
    })
    page.on('pageerror', (error) => troubles.push(`${path}: ${error.message}`))
    page.on('request', (request) => {
      if (!/^(?:data|blob):/.test(request.url()) && new URL(request.url()).origin !== host.url)
        troubles.push(`${path}: asks another host, ${request.url()}`)
    })
    if (options.scripts !== false) await page.addInitScript(listen)
    await page.goto(host.url + path, { waitUntil: 'networkidle' })
    return page
  }

  const looks = [
    { name: 'wide and light', width: 1280, dark: false },
    { name: 'narrow and dark', width: 390, dark: true },
  ]
  for (const path of missing === null ? pagesUnder('/') : []) {
    for (const { name, width, dark } of looks) {
      test(`${path}, ${name}, has no error, no foreign request, no sideways scrolling, no serious fault of access`, async () => {
        troubles.length = 0
        const page = await open(path, { width, dark })
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
        await page.evaluate(axe.source)
        const faults = await page.evaluate(
          `axe.run('.VPContent').then(({ violations }) => violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
        )
        expect(faults).toEqual([])
        expect(troubles).toEqual([])
        await page.context().close()
      })
    }
  }

  test('links and anchors lead somewhere', async () => {
    const dead: string[] = []
    const pages = new Map(pagesUnder('/').map((path) => [path, readFileSync(join(dist, path), 'utf8')]))
    for (const [path, html] of pages) {
      for (const [, href = ''] of html.matchAll(/<a\b[^>]*?\shref="([^"]+)"/g)) {
        const url = new URL(href.replaceAll('&amp;', '&'), `${host.url}${path}`)
        if (url.origin !== host.url) continue
        const target = url.pathname.endsWith('/') ? `${url.pathname}index.html` : url.pathname
        const text = pages.get(target) ?? pages.get(`${target}.html`)
        const anchor = decodeURIComponent(url.hash.slice(1))
        if (text === undefined || (anchor !== '' && !text.includes(`id="${anchor}"`)))
          dead.push(`${path}: ${href}`)
      }
    }
    expect(dead).toEqual([])
  })

  test('the regression demo computes the numbers of Node, also of points that were dragged, and the page stays responsive', {
    retry: 2,
  }, async () => {
    const page = await open('/index.html')
    await page.waitForFunction('heard.length > 0')
    await page.evaluate('longTasks.length = 0')
    const box = await page.locator('.demo circle').first().boundingBox()
    if (box === null) throw new Error('the demo has no point')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await page.mouse.move(x, y)
    await page.mouse.down()
    for (let i = 1; i <= 40; i++) await page.mouse.move(x + i, y + 30 * Math.sin(i / 6))
    await page.mouse.up()
    await page.locator('.demo circle').nth(1).press('ArrowUp')
    await page.waitForFunction("document.querySelector('.demo .state').textContent.startsWith('Computed in')")
    const heard = await page.evaluate<readonly Heard[]>('heard')
    const first = heard[0]?.settings.points[0]?.[0] ?? Number.NaN
    const last = heard.at(-1)
    if (last === undefined) throw new Error('the demo said nothing')
    expect(last.settings.points[0]?.[0]).toBeGreaterThan(first + 0.05)
    for (const { settings, result } of [heard[0] ?? last, last]) {
      const node = await regression(settings, unheard)
      const off = node.mean.flatMap((row, t) =>
        row.map((value, i) => Math.abs(value - (result.mean[t]?.[i] ?? Number.NaN))),
      )
      expect(Math.max(...off)).toBeLessThan(1e-12)
      const offDeviation = node.deviation.flatMap((row, t) =>
        row.map((v, i) => Math.abs(v ** 2 - (result.deviation[t]?.[i] ?? Number.NaN) ** 2)),
      )
      expect(Math.max(...offDeviation)).toBeLessThan(1e-12)
    }
    expect(await page.evaluate<readonly number[]>('longTasks')).toEqual([])
    await page.context().close()
  })

  test('without scripts a demo shows the picture that was computed when the site was built', async () => {
    const page = await open('/index.html', { scripts: false })
    expect(await page.locator('.demo path.line').getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+L/)
    await page.context().close()
  })

  test('a page is below 300 kB before a demo starts, and the engine below 220 kB', () => {
    const size = (file: string): number => gzipSync(readFileSync(join(dist, file))).length
    const html = readFileSync(join(dist, 'index.html'), 'utf8')
    const files = new Set(
      [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+)"/g)].map(([, file = '']) => file),
    )
    const page = [...files, 'index.html'].reduce((sum, file) => sum + size(file), 0)
    expect(page).toBeLessThan(300_000)
    const engine = readdirSync(join(dist, 'assets')).filter((file) =>
      /^(?:worker|compute)-.*\.js$/.test(file),
    )
    expect(engine.reduce((sum, file) => sum + size(`assets/${file}`), 0)).toBeLessThan(220_000)
  })
})
