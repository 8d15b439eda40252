import { existsSync } from 'node:fs'
import { tfjsBackend } from '@ntk/backend-tfjs'
import { key, matmul, maximum, NtkError, normal, tensorFromData, toBackend, toHost } from '@ntk/tensor'
import * as tf from '@tensorflow/tfjs-core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { openDevice } from '../src/backend.js'

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

const lost = {
  code: 'backend',
  what: expect.stringMatching(/tfjs-wasm backend has lost its device \(WebAssembly\)/),
  got: 'unplugged',
  fix: expect.stringMatching(/new process.*--resume.*checkpoint/),
}

const never = new Promise<never>(() => {})

describe('A device that is lost', () => {
  test('refuses ops, uploads and reads from then on, and says what was lost and how to go on', async () => {
    const { backend, facts } = await openDevice('wasm')
    const x = await toBackend(normal(key(0), [4, 4], { dtype: 'float32' }), backend)
    const y = matmul(x, x)
    facts.loss.say('unplugged')
    expect(await failure(() => matmul(x, y))).toMatchObject(lost)
    expect(await failure(() => tensorFromData(new Float32Array(2), [2], backend))).toMatchObject(lost)
    expect(await failure(() => y.data())).toMatchObject(lost)
    expect(await failure(() => y.dataSync())).toMatchObject(lost)
    expect(await failure(() => toHost(y))).toMatchObject(lost)
    // what it held is given up without a fault
    for (const t of [x, y]) t.dispose()
    expect(backend.memory()).toEqual({ buffers: 0, bytes: 0 })
  })

  test('ends a read that would never come back', async () => {
    const { backend, facts } = await openDevice('wasm')
    const x = tensorFromData(Float32Array.of(1, 2), [2], backend)
    vi.spyOn(tf.backend(), 'read').mockReturnValue(never)
    const reading = failure(() => x.data())
    setTimeout(() => facts.loss.say('unplugged'), 5)
    expect(await reading).toMatchObject(lost)
  })

  test('is the reason of a read that fails a little before the device says so', async () => {
    const { backend, facts } = await openDevice('wasm')
    const x = tensorFromData(Float32Array.of(1, 2), [2], backend)
    vi.spyOn(tf.backend(), 'read').mockRejectedValue(new Error('no external instance'))
    const reading = failure(() => x.data())
    setTimeout(() => facts.loss.say('unplugged'), 5)
    expect(await reading).toMatchObject(lost)
  })

  test('gives no numbers, though a read came back with some', async () => {
    const { backend, facts } = await openDevice('wasm')
    const x = tensorFromData(Float32Array.of(1, 2), [2], backend)
    vi.spyOn(tf.backend(), 'read').mockImplementation(async () => {
      facts.loss.say('unplugged')
      return new Float32Array(2)
    })
    expect(await failure(() => x.data())).toMatchObject(lost)
  })

  test('need not say that it is: a read that fails is an error with a name', async () => {
    const { backend } = await openDevice('wasm')
    const x = tensorFromData(Float32Array.of(1, 2), [2], backend)
    const fault = new Error('out of memory\nat line 1')
    vi.spyOn(tf.backend(), 'read').mockRejectedValue(fault)
    vi.spyOn(tf.backend(), 'readSync').mockImplementation(() => {
      throw fault
    })
    const unreadable = {
      code: 'backend',
      what: expect.stringContaining('tfjs-wasm backend cannot read'),
      got: 'out of memory',
      fix: lost.fix,
      cause: fault,
    }
    expect(await failure(() => x.data())).toMatchObject(unreadable)
    expect(await failure(() => x.dataSync())).toMatchObject(unreadable)
  })
})

/** A software driver, where the loader that LD_LIBRARY_PATH names can find one. */
const software = '/usr/lib/chromium/vk_swiftshader_icd.json'
const loaderNamed = process.env.LD_LIBRARY_PATH?.includes('/usr/lib/chromium') === true
if (loaderNamed && existsSync(software)) process.env.VK_ICD_FILENAMES ??= software
const webgpu = await tfjsBackend({ device: 'webgpu' }).catch(() => null)

describe.skipIf(webgpu === null)('A device of WebGPU that is destroyed in mid-run', () => {
  test('ends what is being read, and all that comes after', async () => {
    const backend = webgpu ?? expect.fail('skipped without one')
    const x = await toBackend(normal(key(0), [8, 8], { dtype: 'float32' }), backend)
    const before = matmul(x, x)
    expect((await before.data()).length).toBe(64)
    tf.setBackend('webgpu')
    const { device } = tf.backend() as unknown as { readonly device: { destroy(): void } }
    const reading = failure(() => maximum(before, 0).data())
    device.destroy()
    const gone = { code: 'backend', what: expect.stringContaining('tfjs-webgpu backend has lost its device') }
    // nothing has said so yet
    expect(await failure(() => matmul(before, x).data())).toMatchObject(gone)
    expect(await reading).toMatchObject(gone)
    expect(await failure(() => matmul(x, x))).toMatchObject(gone)
  })
})
