import { type Backend, hostBackend, NtkError, setDefaultBackend } from '@ntk/tensor'
import { requireWord } from '@ntk/tensor/options'
import { type OpenDevice, openDevice } from './backend.js'
import { type DeviceFacts, onMachine } from './facts.js'

/** 'cpu' is the engine of @ntk/tensor, in float64; the others are those of `tfjsBackend`, in float32. */
export type DeviceName = 'cpu' | 'wasm' | 'tensorflow' | 'tensorflow-gpu' | 'webgpu'

/** The devices, the fastest first where they are there at all. */
export const deviceNames: readonly DeviceName[] = ['tensorflow-gpu', 'webgpu', 'cpu', 'tensorflow', 'wasm']

/** A device that runs. */
export interface Chosen {
  readonly device: DeviceName
  readonly backend: Backend
  /** In words: the library or the graphics adapter. */
  readonly about: string
  /** Whether a processor plays the GPU. */
  readonly emulated: boolean
  /** Bytes of the largest buffer it takes, or null where memory is the machine's. */
  readonly largestBuffer: number | null
  /** One sentence: what was taken and why. */
  readonly why: string
  /** What 'auto' passed over, and why. */
  readonly passed: readonly { readonly device: DeviceName; readonly reason: string }[]
}

const opened = new Map<DeviceName, Promise<OpenDevice>>()

/** One backend a device and process: tensors of two backends do not mix, though they were of one device. */
function open(device: DeviceName): Promise<OpenDevice> {
  if (device === 'cpu') {
    const facts: DeviceFacts = onMachine('the engine of @ntk/tensor, in float64 and float32')
    return Promise.resolve({ backend: hostBackend(), facts })
  }
  let made = opened.get(device)
  if (made === undefined) {
    made = openDevice(device)
    opened.set(device, made)
    // a device may come up later, when its driver or package is there
    made.catch(() => opened.delete(device))
  }
  return made
}

function chosen(
  device: DeviceName,
  { backend, facts }: OpenDevice,
  why: string,
  passed: Chosen['passed'] = [],
): Chosen {
  const { about, emulated, largestBuffer } = facts
  return { device, backend, about, emulated, largestBuffer, why, passed }
}

function reasonOf(error: unknown): string {
  if (NtkError.isInstance(error))
    return error.got === undefined ? error.what : `${error.what} Got ${error.got}.`
  return String(error)
}

/** The first that works and is a gain over the processor; the engine of @ntk/tensor always does. */
async function best(): Promise<Chosen> {
  const passed: { device: DeviceName; reason: string }[] = []
  for (const device of ['tensorflow-gpu', 'webgpu'] as const) {
    try {
      const found = await open(device)
      if (!found.facts.emulated) {
        return chosen(
          device,
          found,
          `${device} (${found.facts.about}), in float32: a GPU that works.`,
          passed,
        )
      }
      passed.push({ device, reason: `a processor plays the GPU (${found.facts.about})` })
    } catch (error) {
      passed.push({ device, reason: reasonOf(error) })
    }
  }
  for (const device of ['tensorflow', 'wasm'] as const) {
    passed.push({ device, reason: 'on the processor, the engine of @ntk/tensor is faster and has float64' })
  }
  const found = await open('cpu')
  return chosen('cpu', found, `cpu (${found.facts.about}): no GPU works here.`, passed)
}

/**
 * Starts a device: `'cpu'` is the engine of @ntk/tensor, the others are those of `tfjsBackend`; `'auto'` takes a GPU that works,
 * else the CPU, and says which, and why not the others. The same backend is given whenever a device is asked for again.
 * Throws NtkError 'option' for another name, 'unsupported' where its package or driver is missing, naming both.
 */
export async function chooseBackend(device: DeviceName | 'auto'): Promise<Chosen> {
  requireWord(device, ['auto', ...deviceNames], 'device')
  if (device === 'auto') return best()
  const found = await open(device)
  return chosen(device, found, `${device} (${found.facts.about}), as asked for.`)
}

/**
 * As `chooseBackend`, and from here on tensors are made there unless told otherwise. Devices other than `'cpu'` have float32,
 * int32 and bool: float64, which is the default dtype of new tensors, is refused there with 'unsupported'.
 */
export async function useBackend(device: DeviceName | 'auto'): Promise<Chosen> {
  const found = await chooseBackend(device)
  setDefaultBackend(found.device === 'cpu' ? null : found.backend)
  return found
}
