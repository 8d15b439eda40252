import type { Chosen } from '@ntk/backend-tfjs'
import { NtkError } from '@ntk/tensor'
import type { DeviceChoice, DeviceName } from '../config/device.js'

/** A device that runs: `useBackend` of @ntk/backend-tfjs says what each part means. */
export interface ChosenDevice extends Omit<Chosen, 'device' | 'passed'> {
  readonly device: DeviceName
  readonly passed: readonly { readonly device: DeviceName; readonly reason: string }[]
}

async function cuda(): Promise<ChosenDevice> {
  const { openCuda } = await import('@ntk/backend-cuda')
  const { backend, about, memory } = await openCuda()
  return {
    device: 'cuda',
    backend,
    about,
    emulated: false,
    largestBuffer: memory().total,
    why: `cuda (${about}), in float64 and float32.`,
    passed: [],
  }
}

/**
 * Starts a device; the same one whenever it is asked for. `auto` takes CUDA where it is, else what @ntk/backend-tfjs finds best.
 *
 * @throws NtkError `unsupported` where its package, library or driver is missing
 */
export async function chooseDevice(device: DeviceChoice): Promise<ChosenDevice> {
  if (device === 'cuda') return cuda()
  const { chooseBackend } = await import('@ntk/backend-tfjs')
  if (device !== 'auto') return chooseBackend(device)
  try {
    return await cuda()
  } catch (error) {
    if (!NtkError.isInstance(error) || error.code !== 'unsupported') throw error
    const chosen = await chooseBackend('auto')
    return { ...chosen, passed: [{ device: 'cuda', reason: error.what }, ...chosen.passed] }
  }
}
