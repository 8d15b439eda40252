/**
 * How long after the opening of a page its demo has computed its first result, in this machine's Chromium: `pnpm --filter @ntk/docs run
 * first-kernel [times]`, on the built site. The browser is at rest before each opening and its caches are empty; the host answers at once.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dist, missing, pagesUnder, type Reader, startReader } from '../test/reader.js'

/** Milliseconds from the start of the navigation. */
interface Opening {
  readonly paint: number
  readonly load: number
  readonly kernel: number
}

const watch = `
  const note = (name) => () => { window[name] ??= performance.now() }
  addEventListener('load', note('ntkLoad'))
  document.addEventListener('ntk-result', note('ntkKernel'))
`

/** What the page has noted. */
const noted = `({
  paint: performance.getEntriesByName('first-contentful-paint')[0].startTime,
  load: ntkLoad,
  kernel: ntkKernel,
})`

async function open({ browser, host }: Reader, path: string): Promise<Opening> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  try {
    const page = await context.newPage()
    await page.addInitScript(watch)
    // A new window is work for the browser itself.
    await page.waitForTimeout(1500)
    await page.goto(host.url + path, { waitUntil: 'commit' })
    await page.waitForFunction('window.ntkKernel && window.ntkLoad', undefined, { polling: 100 })
    return await page.evaluate<Opening>(noted)
  } finally {
    await context.close()
  }
}

const median = (values: readonly number[]): string =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(0)

if (missing !== null) throw new Error(missing)
const times = Number(process.argv[2] ?? 9)
const reader = await startReader()
try {
  const opens = pagesUnder('/').filter((path) => readFileSync(join(dist, path), 'utf8').includes('ntkEarly'))
  const rounds = new Map(opens.map((path) => [path, [] as Opening[]]))
  // In turns, so that what else the machine does falls on all.
  for (let i = 0; i < times; i++)
    for (const [path, openings] of rounds) openings.push(await open(reader, path))
  console.log('milliseconds, medians | first paint | load | first kernel (fastest, slowest)')
  for (const [path, openings] of rounds) {
    const kernels = openings.map(({ kernel }) => kernel)
    const [paint, load] = [openings.map((o) => o.paint), openings.map((o) => o.load)].map(median)
    const [low, high] = [Math.min(...kernels), Math.max(...kernels)].map((value) => value.toFixed(0))
    console.log(`${path} | ${paint} | ${load} | ${median(kernels)} (${low}, ${high})`)
  }
} finally {
  await reader.close()
}
