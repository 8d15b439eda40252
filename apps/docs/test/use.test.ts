/** What a reader does to demos: drags while a kernel is computed, types what is wrong, stops what is long. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Fault } from '../src/worker/messages.js'
import { longestTask } from './main-thread.js'
import { missing, type Reader, startReader } from './reader.js'

/** How long a point is dragged; NTK_DRAG_SECONDS=10 is the promise of the manual. */
const seconds = Number(process.env.NTK_DRAG_SECONDS ?? 3)

test.runIf(missing !== null)('demos in a browser', ({ skip }) => skip(missing ?? ''))

describe.skipIf(missing !== null)('a demo', () => {
  let reader: Reader
  beforeAll(async () => {
    reader = await startReader()
  })
  afterAll(() => reader?.close())

  const state = (page: Page): Promise<string> => page.locator('.demo .state span').innerText()
  const press = (page: Page, name: string): Promise<void> =>
    page.getByRole('button', { name, exact: true }).click()

  test(`keeps the page responsive while a point is dragged for ${seconds} s and kernels are computed`, {
    timeout: 60_000 + 2000 * seconds,
  }, async () => {
    const page = await reader.open('/index.html')
    await page.waitForFunction('heard.length > 0')
    await page.getByLabel('hidden layers').fill('8')
    await page.waitForFunction("document.querySelector('.demo .state').textContent.startsWith('Computed in')")
    const point = await page.locator('.demo circle').first().boundingBox()
    if (point === null) throw new Error('the demo has no point')
    const [x, y] = [point.x + point.width / 2, point.y + point.height / 2]
    await page.evaluate('heard.length = 0')
    let during = 0
    const longest = await longestTask(reader.browser, page, async () => {
      await page.mouse.move(x, y)
      await page.mouse.down()
      const start = performance.now()
      while (performance.now() - start < 1000 * seconds) {
        const angle = (performance.now() - start) / 300
        await page.mouse.move(x + 60 + 60 * Math.sin(angle), y + 40 * Math.cos(angle))
      }
      during = await page.evaluate<number>('heard.length')
      await page.mouse.up()
    })
    expect(during, 'kernels that were computed meanwhile').toBeGreaterThan(2)
    expect(longest).toBeLessThan(50)
    // What a task of 300 ms looks like to this measure.
    const spin = 'const end = performance.now() + 300; while (performance.now() < end);'
    expect(await longestTask(reader.browser, page, () => page.evaluate(spin))).toBeGreaterThan(50)
    await page.context().close()
  })

  const dense = '["Dense", { "out": 8 }]'
  const wrong = [
    {
      what: 'a word that is no option',
      spec: '["Dense", { "out": 8, "wStdd": 2 }]',
      code: 'spec',
      says: 'Did you mean "wStd"?',
    },
    { what: 'no JSON', spec: '["Dense", }', code: 'spec', says: 'double quotes' },
    { what: 'NaN', spec: '["Dense", { "out": 8, "wStd": NaN }]', code: 'spec', says: 'A spec is JSON' },
    {
      what: 'an infinite number',
      spec: '["Dense", { "out": 8, "wStd": 1e999 }]',
      code: 'spec',
      says: 'a number not below 0',
    },
    {
      what: 'a kernel beyond float64',
      spec: `["serial", ["Dense", { "out": 8, "wStd": 1e200 }], ["Relu"], ["Dense", { "out": 8, "wStd": 1e200 }]]`,
      code: 'not-finite',
      says: 'take a smaller wStd or fewer layers',
    },
    {
      what: 'an activation whose expectation does not exist at some variance',
      spec: `["serial", ["Dense", { "out": 8, "wStd": 3 }], ["Gaussian", { "b": 0.5 }], ${dense}]`,
      code: 'not-finite',
      says: 'an activation has no expectation there',
    },
    {
      what: 'an activation of the data themselves',
      spec: `["serial", ["Relu"], ${dense}]`,
      code: 'requirement',
      says: 'Put a Dense or convolutional layer before Relu.',
    },
    {
      what: 'a network too large for the page',
      spec: '["serial", ["Dense", { "out": 3000 }], ["Relu"], ["Dense", { "out": 3000 }]]',
      code: 'value',
      says: 'copy the program and run it in Node',
    },
  ]
  test('that cannot compute what was typed shows the error of the library, and computes the next', {
    timeout: 120_000,
  }, async () => {
    reader.troubles.length = 0
    const page = await reader.open('/playground.html')
    for (const [i, { what, spec, code, says }] of wrong.entries()) {
      await page.locator('textarea').fill(spec)
      await press(page, 'Compute')
      await page.waitForFunction(`faults.length > ${i}`, undefined, { timeout: 50_000 })
      const faults = await page.evaluate<readonly Fault[]>('faults')
      expect(faults.at(-1)?.code, what).toBe(code)
      const shown = page.locator('.demo .fault')
      expect(await shown.locator('strong').innerText(), what).toBe(`NtkError '${code}'`)
      expect(await shown.innerText(), what).toContain(says)
      expect(await state(page), what).not.toContain('Computing')
    }
    await press(page, 'fully connected')
    await page.waitForFunction('heard.length > 0', undefined, { timeout: 50_000 })
    expect(await page.locator('.demo .fault').count()).toBe(0)
    expect(reader.troubles).toEqual([])
    await page.context().close()
  })

  const long = [
    {
      path: '/playground.html',
      begin: async (page: Page): Promise<void> => {
        await page
          .locator('textarea')
          .fill('["serial", ["Dense", { "out": 1500 }], ["Relu"], ["Dense", { "out": 1500 }]]')
        await press(page, 'Compute')
      },
      again: (page: Page): Promise<void> => press(page, 'fully connected'),
    },
    {
      path: '/ideas/tangent-kernel.html',
      begin: async (page: Page): Promise<void> => {
        await page.getByLabel('steps').fill('500')
        await press(page, 'Train the networks')
      },
      again: async (page: Page): Promise<void> => {
        await page.getByLabel('steps').fill('20')
        await press(page, 'Train the networks')
      },
    },
  ]
  for (const { path, begin, again } of long) {
    test(`on ${path} can be stopped, says nothing afterwards, and begins anew`, {
      timeout: 90_000,
    }, async () => {
      const page = await reader.open(path)
      await begin(page)
      await page.waitForFunction("document.querySelector('.demo .state').textContent.startsWith('Computing')")
      await press(page, 'Stop')
      await page.waitForFunction(
        "!document.querySelector('.demo .state').textContent.startsWith('Computing')",
      )
      await page.waitForTimeout(500)
      expect(await page.evaluate<number>('heard.length + faults.length')).toBe(0)
      await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(0)
      await again(page)
      await page.waitForFunction('heard.length > 0', undefined, { timeout: 60_000 })
      expect(await page.locator('.demo .fault').count()).toBe(0)
      await page.context().close()
    })
  }
})
