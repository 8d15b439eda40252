/** What a thousand steps and a thousand tiles leave on a device, by tfjs' own counters below ours. They count the process: no other test stands here. */
import { tfjsBackend } from '@ntk/backend-tfjs'
import { kernelFn } from '@ntk/kernels-analytic'
import { momentum, train } from '@ntk/optim'
import { Dense, type Layer, Relu, Sin, serial } from '@ntk/stax'
import { key, normal, scope, toBackend } from '@ntk/tensor'
import { memory } from '@tensorflow/tfjs-core'
import { beforeAll, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 60_000 })

const net = serial(Dense(8), Relu(), Dense(1))
const float32 = { dtype: 'float32' } as const
const data = {
  params: net.init(key(0), [-1, 4], float32).params,
  x: normal(key(1), [16, 4], float32),
  y: normal(key(2), [16, 1], float32),
  // 45 · 46 / 2 tiles of 4 x 4
  many: normal(key(3), [180, 4], float32),
}

/** On the device; held to the end, so that nothing of it is collected between two counts. */
let there: typeof data
beforeAll(async () => {
  there = await toBackend(data, await tfjsBackend({ device: 'wasm' }))
})

const counters = (): { tensors: number; bytes: number } => {
  const { numTensors, numBytes } = memory()
  return { tensors: numTensors, bytes: numBytes }
}

/** How often `look` was called of a work that must grow nothing, and leave nothing when its result is given up. */
async function looksAt(work: (look: () => void) => Promise<unknown>): Promise<number> {
  const seen: number[] = []
  const before = counters()
  const result = await work(() => seen.push(counters().bytes))
  scope(() => undefined, { takes: result })
  expect(counters()).toEqual(before)
  const half = Math.floor(seen.length / 2)
  expect(Math.max(...seen.slice(half))).toBeLessThanOrEqual(Math.max(...seen.slice(0, half)))
  return seen.length
}

test('A thousand steps of training grow nothing and leave nothing but their result', async () => {
  const { params, x, y } = there
  const optimizer = momentum(0.05)
  const shared = { params, x, y, apply: net.apply, optimizer, steps: 1000 }
  const looks = await looksAt((onProgress) => train({ ...shared, evaluateEvery: 100, onProgress }))
  expect(looks).toBe(1000)
})

test.each<readonly [string, Layer, number]>([
  // it reports some 300 times a run
  ['dense layers in one piece', net, 4],
  ['layer by layer', serial(Dense(8), Sin(), Dense(1)), 1],
])(
  'A thousand tiles of an exact kernel grow nothing and leave nothing but it: %s',
  async (_, layers, times) => {
    const kernel = kernelFn(layers)
    const looks = await looksAt(async (onProgress) => {
      for (let i = 0; i < times; i++) {
        const ntk = await kernel(there.many, null, { get: 'ntk', tile: 4, onProgress })
        scope(() => undefined, { takes: ntk })
      }
    })
    expect(looks).toBeGreaterThanOrEqual(1000)
  },
)
