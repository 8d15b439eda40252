import { existsSync } from 'node:fs'
import { freemem } from 'node:os'
import { tfjsBackend } from '@ntk/backend-tfjs'
import {
  add,
  broadcastTo,
  key,
  matmul,
  mul,
  NtkError,
  normal,
  type Tensor,
  tensorFromData,
  toBackend,
} from '@ntk/tensor'
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, test, vi } from 'vitest'

vi.setConfig({ testTimeout: 120_000 })
afterEach(() => {
  vi.restoreAllMocks()
})

/** What is thrown, where that is an NtkError. */
async function failure(f: () => unknown): Promise<NtkError> {
  try {
    await f()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  return expect.fail('nothing was thrown')
}

const float32 = { dtype: 'float32' } as const

describe('memoryLimit', () => {
  test('refuses an op and an upload beyond it, and says how much was needed and what is in use', async () => {
    const device = await tfjsBackend({ device: 'wasm', memoryLimit: 10_000 })
    const x = await toBackend(normal(key(0), [30, 30], float32), device)
    const y = add(x, 1)
    const short = {
      code: 'memory',
      what: '3.52 KiB more does not fit in the memory of the tfjs-wasm backend (WebAssembly).',
      got: '7.04 KiB in use of its limit of 9.77 KiB',
      fix: expect.stringMatching(/smaller batches.*split/),
    }
    expect(await failure(() => matmul(x, y))).toMatchObject(short)
    expect(await failure(() => tensorFromData(new Float32Array(900), [900], device))).toMatchObject(short)
    y.dispose()
    expect((await matmul(x, x).data()).length).toBe(900)
  })

  test('must be a positive number', async () => {
    expect(await failure(() => tfjsBackend({ memoryLimit: 0 }))).toMatchObject({ code: 'option' })
  })
})

describe('A device of WebAssembly that is full', () => {
  test.skipIf(freemem() < 8 * 2 ** 30)(
    'refuses what does not fit, spoils nothing, and goes on once there is room',
    async () => {
      const device = await tfjsBackend({ device: 'wasm' })
      const seed = tensorFromData(Float32Array.of(1, 2, 3), [3], device)
      const held: Tensor[] = []
      // 256 MiB each of the 4 GiB that there are
      const fill = (i: number): Tensor => {
        const data = new Float32Array(2 ** 26)
        data.set([i, i + 1], 0)
        data.set([i], data.length - 1)
        return tensorFromData(data, [data.length], device)
      }
      const error = await failure(() => {
        for (let i = 0; i < 30; i++) held.push(fill(i))
      })
      expect(error).toMatchObject({
        code: 'memory',
        what: 'A buffer of 256 MiB does not fit in the memory of the tfjs-wasm backend (WebAssembly).',
        got: expect.stringContaining('4 GiB'),
      })
      expect(held.length).toBeGreaterThan(9)
      // an op is refused as well
      expect(await failure(() => add(held[0] as Tensor, 1))).toMatchObject({ code: 'memory' })
      for (const x of held.splice(6)) x.dispose()
      const sum = add(held[2] as Tensor, held[3] as Tensor)
      const ends = (x: Tensor): (number | undefined)[] => {
        const data = x.dataSync()
        return [data[0], data[1], data[2], data.at(-1)]
      }
      held.forEach((x, i) => expect(ends(x)).toEqual([i, i + 1, 0, i]))
      expect(ends(sum)).toEqual([5, 7, 0, 5])
      for (const x of [...held, sum]) x.dispose()
      expect(seed.dataSync()).toEqual(Float32Array.of(1, 2, 3))
    },
  )

  test('has no buffer of more than 2 GiB', async () => {
    const device = await tfjsBackend({ device: 'wasm' })
    const x = await toBackend(normal(key(0), [1], float32), device)
    expect(await failure(() => broadcastTo(x, [2 ** 30]))).toMatchObject({
      code: 'memory',
      what: expect.stringMatching(/^A buffer of 4.00 GiB/),
      got: 'at most 2.00 GiB in one',
    })
  })
})

test("TensorFlow's own words for it are the same error", async () => {
  const device = await tfjsBackend({ device: 'wasm' })
  const x = await toBackend(normal(key(0), [4, 4], float32), device)
  vi.spyOn(tf.backend() as unknown as { write: () => object }, 'write').mockImplementation(() => {
    throw new Error('OOM when allocating tensor with shape[1024,2048] and type float on /job:localhost')
  })
  expect(await failure(() => tensorFromData(new Float32Array(9), [9], device))).toMatchObject({
    code: 'memory',
    what: expect.stringMatching(/^A tensor of 8.00 MiB does not fit/),
  })
  vi.restoreAllMocks()
  expect((await add(x, 1).data()).length).toBe(16)
})

/** A software driver, where the loader that LD_LIBRARY_PATH names can find one. */
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'
const loaderNamed = process.env.LD_LIBRARY_PATH?.includes('/usr/lib/chromium') === true
if (loaderNamed && existsSync(software)) process.env.VK_ICD_FILENAMES ??= software
const webgpu = await tfjsBackend({ device: 'webgpu' }).catch(() => null)

describe.skipIf(webgpu === null)('A device of WebGPU without room', () => {
  const device = (): NonNullable<typeof webgpu> => webgpu ?? expect.fail('skipped without one')

  test('refuses what is too large for a buffer', async () => {
    const x = await toBackend(normal(key(0), [1], float32), device())
    expect(await failure(() => broadcastTo(x, [2 ** 29]))).toMatchObject({
      code: 'memory',
      what: expect.stringMatching(/^A buffer of 2.00 GiB.*tfjs-webgpu/),
    })
  })

  test('never gives numbers that were made of a buffer that failed, and goes on without them', async () => {
    const x = await toBackend(normal(key(0), [200, 200], float32), device())
    expect((await matmul(x, x).data()).length).toBe(40_000)
    tf.setBackend('webgpu')
    const gpu = (tf.backend() as unknown as { readonly device: { popErrorScope(): Promise<unknown> } }).device
    const told = vi.spyOn(gpu, 'popErrorScope').mockResolvedValueOnce(new Error('out of memory'))
    const spoilt = matmul(add(x, 1), x)
    expect(told).toHaveBeenCalled()
    const after = mul(spoilt, 2)
    for (const y of [spoilt, after]) {
      expect(await failure(() => y.data())).toMatchObject({
        code: 'memory',
        what: expect.stringMatching(/^A buffer of .* KiB/),
      })
    }
    expect(await failure(() => add(spoilt, 1))).toMatchObject({ code: 'memory' })
    // what stood before is whole, and so is what comes after
    expect((await x.data()).every(Number.isFinite)).toBe(true)
    const [again, want] = [await matmul(add(x, 1), x).data(), normal(key(0), [200, 200], float32)]
    const exact = matmul(add(want, 1), want).dataSync()
    expect(Math.max(...again.map((v, i) => Math.abs(v - (exact[i] as number))))).toBeLessThan(1e-3)
  })
})
