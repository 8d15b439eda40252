import { chooseBackend, deviceNames, useBackend } from '@ntk/backend-tfjs'
import { cpuBackend, defaultBackend, setDefaultBackend, zeros } from '@ntk/tensor'
import { afterEach, describe, expect, test } from 'vitest'

afterEach(() => {
  setDefaultBackend(null)
})

describe('useBackend', () => {
  test('makes new tensors on the device, and on the CPU again', async () => {
    const { device, backend, why } = await useBackend('wasm')
    expect([device, defaultBackend()]).toEqual(['wasm', backend])
    expect(why).toContain('WebAssembly')
    expect(zeros([2], 'float32').backend.name).toBe('tfjs-wasm')
    await useBackend('cpu')
    expect(defaultBackend()).toBe(cpuBackend())
  })

  test('refuses float64 on a device that has none, and words that are no device', async () => {
    const { backend } = await useBackend('wasm')
    expect(() => backend.upload(new Float64Array(1), [1], 'float64')).toThrow(
      expect.objectContaining({ code: 'unsupported', got: 'float64' }),
    )
    await expect(useBackend('wasmm' as never)).rejects.toMatchObject({
      code: 'option',
      fix: expect.stringContaining('wasm'),
    })
  })

  test('takes a GPU or the CPU where it may choose, and says why not the others', async () => {
    const { device, why, passed } = await chooseBackend('auto')
    expect(why).toContain(device)
    const told = [device, ...passed.map((one) => one.device)]
    const before = device === 'cpu' ? deviceNames : deviceNames.slice(0, deviceNames.indexOf(device) + 1)
    expect([...told].sort()).toEqual([...before].sort())
    for (const { reason } of passed) expect(reason).not.toBe('')
    expect(defaultBackend()).toBe(cpuBackend())
  })

  test('gives one backend a device, so that tensors of two callers mix', async () => {
    const [first, second] = [await chooseBackend('wasm'), await chooseBackend('wasm')]
    expect(first.backend).toBe(second.backend)
  })

  test('names the package that brings a device', async () => {
    await expect(chooseBackend('tensorflow-gpu')).rejects.toMatchObject({
      code: 'unsupported',
      fix: expect.stringContaining('npm install --ignore-scripts @tensorflow/tfjs-node-gpu'),
    })
  })
})
