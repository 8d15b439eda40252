/** What the packages do with tensors of a device while the default backend is the CPU. */
import { tfjsBackend } from '@ntk/backend-tfjs'
import { gradientDescentMse } from '@ntk/dynamics'
import { kernelFn, kernelOf } from '@ntk/kernels-analytic'
import { empiricalNngpFn, empiricalNtkFn } from '@ntk/kernels-empirical'
import { momentum, train } from '@ntk/optim'
import { Dense, Relu, Sin, serial } from '@ntk/stax'
import {
  type Backend,
  cast,
  createCpuBackend,
  defaultBackend,
  key,
  matmul,
  matrixTranspose,
  normal,
  scope,
  type Tensor,
  toBackend,
  toHost,
} from '@ntk/tensor'
import { beforeAll, describe, expect, test } from 'vitest'

const net = serial(Dense(16), Relu(), Dense(3))
const x = normal(key(1), [5, 4], { dtype: 'float32' })
const { params } = net.init(key(0), [-1, 4], { dtype: 'float32' })

let device: Backend
beforeAll(async () => {
  device = await tfjsBackend({ device: 'wasm' })
})

function expectClose(got: Tensor, want: Tensor): void {
  const expected = want.dataSync()
  expect(got.shape).toEqual(want.shape)
  got.dataSync().forEach((v: number, i: number) => expect(v).toBeCloseTo(expected[i] as number, 5))
}

describe('a network whose parameters and inputs are on a device', () => {
  test.each(['structured-derivatives', 'jacobian-contraction', 'ntk-vector-products'] as const)(
    'has its empirical kernel by %s',
    async (implementation) => {
      const here = await empiricalNtkFn(net.apply, { implementation })(x, null, params)
      const there = await empiricalNtkFn(net.apply, { implementation })(
        await toBackend(x, device),
        null,
        await toBackend(params, device),
      )
      expectClose(await toHost(there), here)
      expect(defaultBackend()).not.toBe(device)
    },
  )

  test('has its covariances and its exact kernel', async () => {
    const [there, theirs] = [await toBackend(x, device), await toBackend(params, device)]
    const nngp = await toHost(await empiricalNngpFn(net.apply)(there, null, theirs))
    expectClose(nngp, await empiricalNngpFn(net.apply)(x, null, params))
    const { ntk } = await toHost(await kernelFn(net)(there))
    expectClose(ntk, (await kernelFn(net)(x)).ntk)
  })
})

describe('the memory of a device', () => {
  const held = (): number => device.memory()?.buffers ?? Number.NaN

  test('holds after many training steps what it held after few', async () => {
    const data = { x, y: normal(key(4), [5, 3], { dtype: 'float32' }), params }
    const there = await toBackend(data, device)
    const counts: number[] = []
    const options = { apply: net.apply, optimizer: momentum(0.1), steps: 60, evaluateEvery: 10 }
    const trained = await train({ ...there, ...options, onProgress: () => counts.push(held()) })
    expect(counts.at(-1)).toBe(counts[5])
    const here = await train({ ...data, ...options })
    expect(trained.history.at(-1)?.sets.train?.metrics.loss).toBeCloseTo(
      here.history.at(-1)?.sets.train?.metrics.loss as number,
      4,
    )
  })

  test('holds nothing of exact and empirical kernels but the result', async () => {
    const there = await toBackend({ x, params }, device)
    const f = kernelFn(net)
    const jobs: (() => Promise<unknown>)[] = [
      () => f(there.x, null, { get: 'ntk' }),
      () => kernelFn(serial(Dense(8), Sin(), Dense(2)))(there.x, null, { get: 'ntk', tile: 2 }),
      () => empiricalNtkFn(net.apply)(there.x, null, there.params),
      async () => scope(() => kernelOf(net, there.x, null).ntk),
    ]
    const grown: number[] = []
    for (const job of jobs) {
      await job()
      const before = held()
      const result = await job()
      grown.push(held() - before)
      expect(result).toBeDefined()
    }
    const [exact, mapped, empirical, record] = grown
    expect([exact, mapped, record]).toEqual([1, 1, 1])
    // its result is on the host; numbers of the traced network are left to the collector
    expect(empirical).toBeLessThan(8)
  })
})

test('a predictor of a kernel on a device that cannot block says how to bring it home', async () => {
  const remote: Backend = { ...createCpuBackend(), name: 'remote', readSync: () => null }
  const g = normal(key(2), [6, 9])
  const [k, y] = [matmul(g, matrixTranspose(g)), normal(key(3), [6, 1])]
  const [far, targets] = [await toBackend(k, remote), await toBackend(y, remote)]
  expect(() => gradientDescentMse(far, targets)({ t: 1, fTrain0: targets })).toThrow(
    expect.objectContaining({ code: 'unsupported', fix: expect.stringContaining('await toHost(') }),
  )
  const home = await toHost({ far, targets })
  const got = gradientDescentMse(home.far, home.targets)({ t: 1, fTrain0: cast(home.targets, 'float64') })
  expect(got).toEqual(gradientDescentMse(k, y)({ t: 1, fTrain0: y }))
})
