/** Threads of the engine in a browser: where the host sends the headers that isolate pages, and nowhere else. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ThreadReport } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { largestDifference } from './difference.js'
import { onNode } from './on-node.js'
import { dist, missing, startReader } from './reader.js'

interface Told {
  readonly result: unknown
  readonly threads: ThreadReport
}

const question = {
  job: 'playground',
  settings: {
    shape: [14, 14, 3],
    spec: `["serial", ["repeat", { "n": 4 }, ["serial", ["Conv", { "out": 4, "filter": [3, 3], "padding": "SAME" }], ["Relu"]]],
      ["GlobalAvgPool"], ["Dense", { "out": 2 }]]`,
    draws: 2,
  },
}

/** Asks the site's own worker again and again, until its engine has said what it thinks of threads. */
async function told(isolated: boolean): Promise<Told> {
  const file = readdirSync(join(dist, 'assets')).find((name) => /^worker-.*\.js$/.test(name))
  const reader = await startReader(isolated)
  try {
    const page = await reader.open('/index.html')
    expect(await page.evaluate('crossOriginIsolated')).toBe(isolated)
    return await page.evaluate(
      ([url, asked]) =>
        new Promise<Told>((resolve, reject) => {
          const worker = new Worker(url, { type: 'module' })
          let id = 0
          worker.addEventListener('message', ({ data }) => {
            if (data.kind === 'fault') reject(new Error(JSON.stringify(data.fault)))
            if (data.kind !== 'result') return
            const undecided = /no computation|are starting/.test(data.threads.reason)
            if (undecided && id < 200) worker.postMessage({ id: ++id, ...asked })
            else resolve(data)
          })
          worker.addEventListener('error', ({ message }) => reject(new Error(message)))
          worker.postMessage({ id, ...asked })
        }),
      [`/assets/${file}`, question] as const,
    )
  } finally {
    await reader.close()
  }
}

describe.skipIf(missing !== null)(`threads in a browser${missing === null ? '' : ` (${missing})`}`, () => {
  test('are started and measured where a page is isolated, and change no number', async () => {
    const { result, threads } = await told(true)
    // Whether they pay is the machine's to say: both cores may be busy.
    expect(threads.reason).toMatch(/threads make products [\d.]+ times faster here/)
    expect(largestDifference(onNode([question]), [result])).toBeLessThan(1e-12)
  }, 120_000)

  test('are not to be had elsewhere, which is no error', async () => {
    const { result, threads } = await told(false)
    expect(threads).toEqual({ threads: 1, reason: 'no worker threads with shared memory here' })
    expect(largestDifference(onNode([question]), [result])).toBeLessThan(1e-12)
  }, 120_000)
})
