/**
 * Every page, and what the demos compute, in the system's Chromium. Skipped, saying why, where the site was not built or there is no
 * Chromium.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RegressionSettings } from '../src/demos/regression/compute.js'
import { largestDifference } from './difference.js'
import { onNode } from './on-node.js'
import {
  change,
  dist,
  type Heard,
  type Look,
  listen,
  missing,
  pagesUnder,
  type Reader,
  startReader,
} from './reader.js'

test.runIf(missing !== null)('the manual in a browser', ({ skip }) => skip(missing ?? ''))

describe.skipIf(missing !== null)('the manual', () => {
  let reader: Reader
  beforeAll(async () => {
    reader = await startReader()
  })
  afterAll(() => reader?.close())

  const looks: readonly Look[] = [
    { width: 1280, dark: false },
    { width: 390, dark: true },
  ]
  const look = async (page: Page): Promise<void> => {
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    const faults = await page.evaluate(
      `axe.run('.VPContent').then(({ violations }) => violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 160)).join(' | ')))`,
    )
    expect(faults).toEqual([])
  }
  for (const [place, path] of (missing === null ? pagesUnder('/') : []).entries()) {
    // Half of the pages are opened wide and light, half narrow and dark, and then changed to the other look. Pages of the API are
    // written alike: they stay in the look they were opened in.
    const [opened, other] = (place % 2 === 0 ? looks : looks.toReversed()) as [Look, Look]
    // Several at once: most of the time goes into waiting until a page has nothing more to load.
    test.concurrent(`${path}, wide and light, narrow and dark: no error, no foreign request, no sideways scrolling, no serious fault of access`, async ({
      expect,
    }) => {
      const page = await reader.leafTo(path, opened)
      await page.evaluate(axe.source)
      await look(page)
      if (!path.startsWith('/api/')) {
        await change(page, other)
        await look(page)
      }
      expect(reader.troubles.filter((trouble) => trouble.startsWith(`${path}: `))).toEqual([])
      await page.close()
    })
  }

  test('links and anchors lead somewhere', async () => {
    const dead: string[] = []
    const pages = new Map(pagesUnder('/').map((path) => [path, readFileSync(join(dist, path), 'utf8')]))
    for (const [path, html] of pages) {
      for (const [, href = ''] of html.matchAll(/<a\b[^>]*?\shref="([^"]+)"/g)) {
        const url = new URL(href.replaceAll('&amp;', '&'), `${reader.host.url}${path}`)
        if (url.origin !== reader.host.url) continue
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
    const page = await reader.open('/index.html')
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
    const heard = await page.evaluate<readonly (Heard & { readonly settings: RegressionSettings })[]>('heard')
    const [first, last] = [heard[0], heard.at(-1)]
    if (first === undefined || last === undefined) throw new Error('the demo said nothing')
    expect(last.settings.points[0]?.[0]).toBeGreaterThan((first.settings.points[0]?.[0] ?? Number.NaN) + 0.05)
    expect(largestDifference(onNode([first, last]), [first.result, last.result])).toBeLessThan(1e-12)
    expect(await page.evaluate<readonly number[]>('longTasks')).toEqual([])
    await page.context().close()
  })

  const demos = [
    { page: '/ideas/gaussian-process.html', press: null },
    { page: '/ideas/tangent-kernel.html', press: 'Train the networks' },
    { page: '/ideas/spectrum.html', press: null },
    { page: '/ideas/depth.html', press: null },
    { page: '/playground.html', press: 'Compute' },
  ]
  for (const { page: path, press } of demos) {
    test(`the demo of ${path} computes the numbers of Node`, async () => {
      const page = await reader.open(path)
      if (press !== null) await page.getByRole('button', { name: press }).click()
      await page.waitForFunction('heard.length > 0', undefined, { timeout: 50_000 })
      const [heard] = await page.evaluate<readonly Heard[]>('heard')
      if (heard === undefined) throw new Error('the demo said nothing')
      expect(largestDifference(onNode([heard]), [heard.result])).toBeLessThan(1e-12)
      await page.context().close()
    })
  }

  test('without scripts a demo shows the picture that was computed when the site was built', async () => {
    const page = await reader.open('/index.html', { scripts: false })
    expect(await page.locator('.demo path.line').getAttribute('d')).toMatch(/^M[\d.]+ [\d.]+L/)
    await page.context().close()
  })

  test('a page is below 300 kB before its demo starts, and the engine and the job of the first demo below 200 kB, compressed', async () => {
    const size = (path: string): number => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length
    const page = await reader.open('/questions/time.html')
    const loaded = (): Promise<readonly string[]> =>
      page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
    const before = ['/questions/time.html', ...(await loaded())].reduce((sum, path) => sum + size(path), 0)
    expect(before).toBeLessThan(300_000)
    const demo = await reader.browser.newPage()
    const asked = new Set<string>()
    demo.on('request', (request) => asked.add(new URL(request.url()).pathname))
    await demo.addInitScript(listen)
    await demo.goto(`${reader.host.url}/index.html`)
    await demo.waitForFunction('heard.length > 0')
    // The page's own scripts stand in chunks/, but for the app and those of pages.
    const scripts = [...asked].filter(
      (path) => /^\/assets\/[^/]+\.js$/.test(path) && !/\.md\.|\/app\./.test(path),
    )
    expect(scripts.length).toBeGreaterThan(1)
    expect(scripts.reduce((sum, path) => sum + size(path), 0)).toBeLessThan(200_000)
    await demo.close()
    await page.context().close()
  })
})
