import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { tfjsBackend } from '@ntk/backend-tfjs'
import {
  add,
  type Backend,
  cholesky,
  convGeneralDilated,
  cpuBackend,
  exp,
  key,
  matmul,
  maximum,
  normal,
  reshape,
  softmax,
  sum,
  type Tensor,
  take,
  tensor,
  tensorFromData,
  toBackend,
  windowMax,
  zeros,
} from '@ntk/tensor'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test, vi } from 'vitest'

async function failure(f: () => unknown): Promise<unknown> {
  try {
    await f()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

let backend: Backend
beforeAll(async () => {
  backend = await tfjsBackend({ device: 'wasm' })
})

const random = (seed: number, shape: number[]): Promise<Tensor> =>
  toBackend(normal(key(seed), shape, { dtype: 'float32' }), backend)

describe('tfjsBackend', () => {
  test('a network of ops gives what the CPU gives', async () => {
    const network = (x: Tensor, w: Tensor, v: Tensor): Tensor => {
      const h = maximum(convGeneralDilated(x, w, { padding: 'SAME' }), 0)
      return softmax(matmul(reshape(h, [x.shape[0] as number, -1]), v))
    }
    const shapes = [
      [3, 6, 5, 2],
      [3, 3, 2, 4],
      [120, 7],
    ]
    const cpu = shapes.map((s, i) => normal(key(i), s, { dtype: 'float32' })) as [Tensor, Tensor, Tensor]
    const device = (await Promise.all(cpu.map((t) => toBackend(t, backend)))) as [Tensor, Tensor, Tensor]
    const expected = network(...cpu).dataSync()
    const got = await network(...device).data()
    expect(got.length).toBe(21)
    got.forEach((v, i) => {
      expect(v).toBeCloseTo(expected[i] as number, 5)
    })
  })

  test('an op leaves nothing behind but its result, and dispose frees that', async () => {
    const [x, w] = [await random(1, [2, 5, 5, 4]), await random(2, [3, 3, 2, 6])]
    const run = (): Tensor[] => [
      convGeneralDilated(x, w, {
        featureGroups: 2,
        strides: [2, 1],
        rhsDilation: [1, 2],
        padding: [
          [1, -1],
          [2, 2],
        ],
      }),
      sum(x, { axis: [0, 2] }),
      reshape(x, [-1]),
      maximum(x, x),
    ]
    run().forEach((t) => t.dispose())
    const before = tf.memory()
    const results = run()
    expect(tf.memory().numTensors).toBe(before.numTensors + results.length)
    results.forEach((t) => t.dispose())
    expect(tf.memory().numTensors).toBe(before.numTensors)
    expect(tf.memory().numBytes).toBe(before.numBytes)
  })

  test('tensors that nobody holds are freed when garbage is collected', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const x = await random(1, [8])
    const before = tf.memory().numTensors
    for (let i = 0; i < 20; i++) maximum(x, 0)
    expect(tf.memory().numTensors).toBe(before + 40)
    await vi.waitFor(() => {
      gc()
      expect(tf.memory().numTensors).toBeLessThanOrEqual(before)
    }, 5000)
    expect((await x.data()).length).toBe(8)
  })

  test('an op that fails leaves nothing behind', async () => {
    const x = await random(1, [4])
    const places = await toBackend(tensor([1, 9], { dtype: 'int32' }), backend)
    const before = tf.memory().numTensors
    expect(await failure(() => take(x, places))).toMatchObject({ code: 'index', got: '9' })
    expect(tf.memory().numTensors).toBe(before)
  })

  test('a tidy around ops does not free their results', async () => {
    const x = await random(1, [4])
    let y: Tensor | null = null
    tf.tidy(() => {
      y = exp(x)
    })
    expect((await (y as unknown as Tensor).data()).length).toBe(4)
  })

  test('another current device does not disturb it', async () => {
    const cpu = await tfjsBackend({ device: 'cpu' })
    const x = await random(3, [2, 2])
    expect((await add(x, x).data()).length).toBe(4)
    const y = tensorFromData(Float32Array.of(1, 2), [2], cpu)
    expect([...(await add(y, y).data())]).toEqual([2, 4])
    expect([...(await matmul(x, x).data())].length).toBe(4)
  })

  test('float64 is refused, not rounded', async () => {
    expect(await failure(() => toBackend(zeros([2]), backend))).toMatchObject({
      code: 'unsupported',
      got: 'float64',
    })
  })

  test('what it lacks it says, and names the way out', async () => {
    const x = await random(1, [2, 2])
    for (const f of [() => cholesky(x), () => windowMax(x, { window: [2, 2] })]) {
      expect(await failure(f)).toMatchObject({
        code: 'unsupported',
        fix: expect.stringContaining('cpuBackend'),
      })
    }
  })

  test('tensors of two backends do not mix', async () => {
    const x = await random(1, [2])
    expect(await failure(() => add(x, tensor([0, 0], { dtype: 'float32' })))).toMatchObject({
      code: 'backend',
    })
    expect(x.backend.name).toBe('tfjs-wasm')
    expect((await toBackend(x, cpuBackend())).backend).toBe(cpuBackend())
  })

  test('a device whose package is absent, or which does not exist, is an error with a way out', async () => {
    expect(await failure(() => tfjsBackend({ device: 'gpu' as never }))).toMatchObject({
      code: 'option',
      got: 'gpu',
    })
    expect(await failure(() => tfjsBackend({ device: 'node-gpu' }))).toMatchObject({
      code: 'unsupported',
      fix: expect.stringContaining('npm install @tensorflow/tfjs-node-gpu'),
    })
  })
})
