/** What the packages do with tensors of a device while the default backend is the CPU. */
import { tfjsBackend } from '@ntk/backend-tfjs'
import { gradientDescentMse } from '@ntk/dynamics'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNngpFn, empiricalNtkFn } from '@ntk/kernels-empirical'
import { Dense, Relu, serial } from '@ntk/stax'
import {
  type Backend,
  cast,
  createCpuBackend,
  defaultBackend,
  key,
  matmul,
  matrixTranspose,
  normal,
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
