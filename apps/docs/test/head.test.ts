/** What the head of a page with a demo says before anything else is there. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDemo } from '../.vitepress/head.js'
import { dist, missing, pagesUnder, type Reader, startReader } from './reader.js'

const head = '<head><meta charset="utf-8"></head>'
const context = (opens: unknown): Parameters<typeof openDemo>[1] => ({
  pageData: { relativePath: 'a.md', frontmatter: { opens } },
  assets: ['/assets/worker-1.js'],
  siteData: { base: '/' },
})

test('a page that opens with no demo stays as it is, and a demo that there is not is refused', () => {
  expect(openDemo(head, context(undefined))).toBe(head)
  expect(() => openDemo(head, context('regresion'))).toThrow('a.md opens regresion')
  // Playgrounds compute when they are asked to.
  expect(() => openDemo(head, context('playground'))).toThrow('a.md opens playground')
})

test.skipIf(missing !== null)('pages say which demo they open with, and it stands on them', () => {
  const demos = { dual: 'Dual', phase: 'Phase', regression: 'Regression', spectrum: 'Spectrum' }
  let count = 0
  for (const [job, name] of Object.entries(demos)) {
    for (const path of pagesUnder('/')) {
      if (!readFileSync(join(dist, path), 'utf8').includes(`ntkEarly = { worker, job: '${job}'`)) continue
      const source = readFileSync(join(dist, '../../site', path.replace(/html$/, 'md')), 'utf8')
      expect(source, path).toContain(`<Demo${name} />`)
      count++
    }
  }
  expect(count).toBe(5)
})

describe.skipIf(missing !== null)('a page that opens with a demo', () => {
  let reader: Reader
  beforeAll(async () => {
    reader = await startReader()
  })
  afterAll(() => reader?.close())

  test('has one worker, which was there before anything of the page was read', async () => {
    const context = await reader.browser.newContext()
    const page = await context.newPage()
    await page.addInitScript(`
      window.born = []
      const Plain = Worker
      window.Worker = class extends Plain {
        constructor(...of) {
          super(...of)
          born.push(document.body === null ? 'head' : 'body')
        }
      }
      document.addEventListener('ntk-result', () => { window.heard = true })`)
    await page.goto(`${reader.host.url}/ideas/depth.html`)
    await page.waitForFunction('window.heard')
    expect(await page.evaluate('born')).toEqual(['head'])
    await context.close()
  })

  test('says so when the worker cannot be loaded', async () => {
    const context = await reader.browser.newContext()
    const page = await context.newPage()
    await page.route(/\/worker-/, (route) => route.abort())
    await page.goto(`${reader.host.url}/index.html`)
    await page.locator('.demo .fault').waitFor()
    expect(await page.locator('.demo .fault').innerText()).toContain('could not be loaded')
    await context.close()
  })
})
