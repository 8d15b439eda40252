import {
  type Backend,
  createCpuBackend,
  key,
  matmul,
  maximum,
  normal,
  scope,
  type Tensor,
  toBackend,
  toHost,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescent, linearizedModel, momentum, type TrainOptions, train } from '../src/index.js'

type Params = { readonly first: Tensor; readonly second: Tensor }

const x = normal(key(1), [20, 4])
const y = normal(key(2), [20, 2])
const params: Params = { first: normal(key(3), [4, 8]), second: normal(key(4), [8, 2]) }
const apply = (p: Params, input: Tensor): Tensor => matmul(maximum(matmul(input, p.first), 0), p.second)

type Settings = Omit<TrainOptions<Params>, 'apply' | 'params' | 'x' | 'y' | 'steps'>

const runs: readonly [string, Settings, linear: boolean][] = [
  ['gradient descent', { optimizer: gradientDescent(0.1) }, false],
  ['momentum on batches', { optimizer: momentum(0.05), batchSize: 8, key: key(5), evaluateEvery: 7 }, false],
  ['a schedule with outputs kept', { optimizer: momentum(() => 0.05), at: [0, 3], outputs: true }, false],
  [
    'checkpoints',
    { optimizer: gradientDescent(0.1), checkpointEvery: 4, onCheckpoint: () => undefined },
    false,
  ],
  ['a linearized network', { optimizer: gradientDescent(0.1) }, true],
]

/** The CPU with memory of its own, as a device has. */
const newDevice = (): Backend => createCpuBackend({ memory: 'owned' })

describe('training on a device', () => {
  test.each(runs)('by %s gives the numbers of the host', async (_, settings, linear) => {
    const device = newDevice()
    const run = async (backend: Backend | null): Promise<unknown> => {
      const data = { x, y, params }
      const placed = backend === null ? data : await toBackend(data, backend)
      const f = linear ? linearizedModel(apply, placed.params).apply : apply
      const result = await train({ ...placed, ...settings, apply: f, steps: 12 })
      return toHost({ params: result.params, history: result.history })
    }
    expect(JSON.stringify(await run(device), numbers)).toEqual(JSON.stringify(await run(null), numbers))
  })

  test.each(runs.filter(([name]) => name !== 'checkpoints'))(
    'by %s holds after many steps what it held after few',
    async (_, settings, linear) => {
      const device = newDevice()
      const placed = await toBackend({ x, y, params }, device)
      const f = linear ? linearizedModel(apply, placed.params).apply : apply
      const held: number[] = []
      await train({
        ...placed,
        ...settings,
        apply: f,
        steps: 60,
        onProgress: () => held.push(device.memory()?.buffers ?? Number.NaN),
      })
      expect(held.at(-1)).toBe(held[8])
      expect(held[8]).toBeLessThan(30)
    },
  )

  test('in a scope leaves its result alone', async () => {
    const device = newDevice()
    const placed = await toBackend({ x, y, params }, device)
    const before = device.memory()?.buffers as number
    const result = await scope((s) =>
      s.wait(train({ ...placed, apply, optimizer: gradientDescent(0.1), steps: 20 })),
    )
    expect(device.memory()?.buffers).toBe(before + 2)
    expect(result.step).toBe(20)
  })

  test('keeps the parameters that it was given, and those that it handed out', async () => {
    const placed = await toBackend({ x, y, params }, newDevice())
    const seen: Tensor[] = []
    await train({
      ...placed,
      apply,
      optimizer: gradientDescent(0.1),
      steps: 9,
      checkpointEvery: 3,
      onCheckpoint: (state) => seen.push(state.params.first),
    })
    expect(seen.length).toBe(3)
    for (const t of [placed.params.first, ...seen]) expect(t.dataSync().length).toBe(32)
  })
})

/** Tensors as their numbers. */
function numbers(_: string, value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'dataSync' in value
    ? Array.from((value as Tensor).dataSync())
    : value
}
