import { NtkError } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { describeCuda } from '../../src/native/describe.js'
import type { Loaded } from '../../src/native/types.js'
import { type StandIn, standIn } from '../stand-in/index.js'

const versions = { driver: '12.8', nvrtc: '12.6', cublas: '12.6.4', cusolver: '11.7.1' }

/** A stand-in with other functions of the driver. */
const having = (cuda: StandIn, driver: Partial<StandIn['api']['driver']> = {}): (() => Loaded) => {
  const api = { ...cuda.api, driver: { ...cuda.api.driver, ...driver } }
  return () => ({ api, versions })
}

/** Two devices, of which the first `broken` do not start. */
const two = (broken: number): Partial<StandIn['api']['driver']> => ({
  cuDeviceGetCount: (count) => {
    ;(count as Int32Array)[0] = 2
    return 0
  },
  cuDevicePrimaryCtxRetain: (context, device) => {
    ;(context as BigUint64Array)[0] = 1n
    return device < broken ? 46 : 0
  },
})

const device = { name: 'a stand-in', architecture: 'sm_80', memory: { free: 2 ** 30, total: 2 ** 30 } }

describe('describeCuda', () => {
  it('names the devices with their memory, and the libraries with their versions', () => {
    const cuda = standIn()
    const { reason, devices, libraries } = describeCuda(having(cuda))
    expect(reason).toBe(null)
    expect(devices).toEqual([device])
    expect(libraries?.cusolver).toEqual({ path: cuda.api.about.cusolver, version: '11.7.1' })
    expect(libraries?.driver.version).toBe('12.8')
  })

  it('goes on where one device does not start, and says so where none does', () => {
    const unavailable = { reason: expect.stringMatching(/CUDA_ERROR_DEVICE_UNAVAILABLE/) }
    const one = describeCuda(having(standIn(), two(1)))
    expect(one.devices).toEqual([unavailable, device])
    expect(one.reason).toBe(null)
    const none = describeCuda(having(standIn(), two(2)))
    expect(none.devices).toEqual([unavailable, unavailable])
    expect(none.reason).toMatch(/CUDA_ERROR_DEVICE_UNAVAILABLE/)
  })

  it('says that there is no device', () => {
    const { reason, devices, libraries } = describeCuda(having(standIn(), { cuDeviceGetCount: () => 0 }))
    expect({ reason, devices }).toEqual({ reason: expect.stringMatching(/sees no GPU/), devices: [] })
    expect(libraries).not.toBe(null)
  })

  it('says why CUDA cannot be loaded, and what helps', () => {
    const nothing = { devices: [], libraries: null }
    expect(describeCuda(() => ({ reason: 'It is not here.', fix: 'Bring it.' }))).toEqual({
      ...nothing,
      reason: 'It is not here. Bring it.',
    })
    const wrong = describeCuda(() => {
      throw new NtkError('config', { what: 'NTK_CUDA needs a folder.' })
    })
    expect(wrong).toEqual({ ...nothing, reason: 'NTK_CUDA needs a folder.' })
  })
})
