import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { tfjsBackend } from '@ntk/backend-tfjs'
import {
  add,
  type Backend,
  cast,
  cholesky,
  convGeneralDilated,
  cpuBackend,
  eigh,
  erf,
  erfc,
  erfInv,
  exp,
  eye,
  key,
  matmul,
  matrixTranspose,
  maximum,
  mul,
  normal,
  reshape,
  softmax,
  sum,
  type Tensor,
  take,
  tensor,
  tensorFromData,
  toBackend,
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
    const cpu = await tfjsBackend({ device: 'javascript' })
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

  test('linear algebra is that of float64, rounded once', async () => {
    const g = normal(key(5), [6, 6], { dtype: 'float32' })
    const a = add(matmul(g, matrixTranspose(g)), eye(6, 'float32'))
    const there = await toBackend(a, backend)
    const wide = cast(a, 'float64')
    const [values, expected] = [await eigh(there).values.data(), eigh(wide).values]
    expect([...values]).toEqual([...cast(expected, 'float32').dataSync()])
    expect([...(await cholesky(there).data())]).toEqual([...cast(cholesky(wide), 'float32').dataSync()])
    const indefinite = await toBackend(mul(a, -1), backend)
    expect(await failure(() => cholesky(indefinite))).toMatchObject({ code: 'not-positive-definite' })
  })

  test('erfc keeps its digits in the tail, erfInv inverts erf', async () => {
    const x = normal(key(6), [3000], { dtype: 'float32' })
    const scaled = mul(x, 2.2)
    const inside = mul(erf(x), 0.999999)
    for (const [f, at, bound] of [
      [erfc, scaled, 3.5e-7],
      [erf, scaled, 2.5e-7],
      [erfInv, inside, 3e-7],
    ] as const) {
      const expected = f(cast(at, 'float64')).dataSync()
      const got = await f(await toBackend(at, backend)).data()
      let worst = 0
      for (let i = 0; i < got.length; i++)
        worst = Math.max(worst, Math.abs((got[i] as number) / (expected[i] as number) - 1))
      expect(worst).toBeLessThan(bound)
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
      got: '"gpu"',
    })
    expect(await failure(() => tfjsBackend({ device: 'tensorflow-gpu' }))).toMatchObject({
      code: 'unsupported',
      fix: expect.stringContaining('npm install --ignore-scripts @tensorflow/tfjs-node-gpu'),
    })
  })
})
