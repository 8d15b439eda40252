/** Kernels on a device whose memory is too small for a tile: computed in parts, with the numbers that they have where there is room. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tfjsBackend } from '@ntk/backend-tfjs'
import { kernelFn } from '@ntk/kernels-analytic'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import {
  BatchNorm,
  Conv,
  Dense,
  FanInSum,
  FanOut,
  Flatten,
  type Layer,
  parallel,
  Relu,
  Sin,
  serial,
} from '@ntk/stax'
import { type Backend, key, normal, type Tensor, toBackend, toHost } from '@ntk/tensor'
import type { TileSize } from '@ntk/tiles'
import { directory } from '@ntk/tiles/node'
import { describe, expect, onTestFinished, test } from 'vitest'

const float32 = { dtype: 'float32' } as const
const vectors = normal(key(1), [24, 6], float32)
const images = normal(key(2), [8, 6, 6, 2], float32)
const kib = 1024

const roomy = await tfjsBackend({ device: 'wasm' })
const limited = (memoryLimit: number): Promise<Backend> => tfjsBackend({ device: 'wasm', memoryLimit })

/** The numbers differ by rounding at most: products of other sizes may be summed in another order. */
function expectSame(got: Tensor, want: Tensor): void {
  expect(got.shape).toEqual(want.shape)
  const [a, b] = [got.dataSync(), want.dataSync()]
  const size = Math.max(...Array.from(b, Math.abs))
  expect(Math.max(...Array.from(b, (v, i) => Math.abs((a[i] as number) - v)))).toBeLessThan(1e-6 * size)
  expect(size).toBeGreaterThan(0)
}

const residual = serial(Dense(8), FanOut(2), parallel(serial(Relu(), Dense(8)), Sin()), FanInSum(), Dense(1))

describe('An exact kernel', () => {
  test.each<readonly [string, Layer, Tensor, number]>([
    ['of dense layers in one piece', serial(Dense(8), Relu(), Dense(1)), vectors, 12 * kib],
    ['layer by layer', serial(Dense(8), Sin(), Dense(1)), vectors, 12 * kib],
    ['of branches', residual, vectors, 12 * kib],
    ['of images', serial(Conv(4, [3, 3]), Relu(), Flatten(), Dense(1)), images, 40 * kib],
  ])('%s is that of a device with room', async (_, net, x, limit) => {
    const device = await limited(limit)
    for (const other of [null, x]) {
      let split: TileSize | undefined
      const run = async (backend: Backend): Promise<{ nngp: Tensor; ntk: Tensor; cov1: Tensor }> => {
        const [x1, x2] = await toBackend([x, other], backend)
        const onProgress = (progress: { readonly split?: TileSize | undefined }): void => {
          split = progress.split
        }
        return toHost(await kernelFn(net)(x1, x2, { get: ['nngp', 'ntk', 'cov1'], onProgress }))
      }
      const want = await run(roomy)
      expect(split).toBeUndefined()
      const got = await run(device)
      expect(split).toBeDefined()
      for (const name of ['nngp', 'ntk', 'cov1'] as const) expectSame(got[name], want[name])
    }
  })

  test('goes to a sink as one of a device with room does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ntk-room-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const kernel = kernelFn(serial(Dense(8), Sin(), Dense(1)))
    const run = async (backend: Backend, name: string): Promise<Tensor> => {
      const sink = directory(join(folder, name))
      return (await kernel(await toBackend(vectors, backend), null, { get: 'ntk', sink })).toTensor('ntk')
    }
    expectSame(await run(await limited(12 * kib), 'small'), await run(roomy, 'large'))
  })

  test('of which not one pair fits is an error that says how much was needed', async () => {
    const there = await toBackend(images, await limited(4 * kib))
    const net = serial(Conv(4, [3, 3]), Relu(), Flatten(), Dense(1))
    await expect(kernelFn(net)(there)).rejects.toMatchObject({
      code: 'memory',
      what: expect.stringMatching(/^The kernel: One pair of samples does not fit.*more does not fit/),
      got: expect.stringContaining('its limit of 4.00 KiB'),
      fix: expect.stringContaining('the CPU'),
    })
  })
})

describe('An empirical NTK', () => {
  const net = serial(Dense(32), Relu(), Dense(3))
  const { params } = net.init(key(0), [-1, 6], float32)

  test.each(['structured-derivatives', 'jacobian-contraction', 'ntk-vector-products'] as const)(
    'by %s is that of a device with room',
    async (implementation) => {
      const device = await limited(30 * kib)
      const kernel = empiricalNtkFn(net.apply, { implementation })
      for (const other of [null, vectors]) {
        let split: TileSize | undefined
        const run = async (backend: Backend): Promise<Tensor> => {
          const [there, x2, theirs] = await toBackend([vectors, other, params] as const, backend)
          return kernel(there, x2, theirs, {
            onProgress: (progress) => {
              split = progress.split
            },
          })
        }
        const want = await run(roomy)
        expect(split).toBeUndefined()
        const got = await run(device)
        expect(split).toBeDefined()
        expectSame(got, want)
      }
    },
  )

  test('of samples that depend on each other is not computed in parts', async () => {
    const mixing = serial(Dense(32), BatchNorm(), Relu(), Dense(1))
    const made = mixing.init(key(0), [-1, 6], float32)
    const [there, theirs] = await toBackend([vectors, made.params] as const, await limited(48 * kib))
    await expect(empiricalNtkFn(mixing.apply)(there, null, theirs)).rejects.toMatchObject({
      code: 'memory',
      fix: expect.stringContaining('depend on each other'),
    })
  })
})
