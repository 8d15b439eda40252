import { NtkError } from '@ntk/tensor'
import { type DeviceFacts, onMachine } from './facts.js'
import type { Tf } from './rule.js'
import { shortageOf } from './shortage.js'
import { partsOf, type TensorflowDevice } from './tensorflow/packages.js'
import { watchWasm } from './wasm-memory.js'
import { startWebGpu, webGpuFacts } from './webgpu.js'

/**
 * - 'wasm': WebAssembly, everywhere;
 * - 'javascript': plain JavaScript, slow;
 * - 'tensorflow': TensorFlow's library through @tensorflow/tfjs-node;
 * - 'tensorflow-gpu': the same with CUDA through @tensorflow/tfjs-node-gpu;
 * - 'webgpu': any GPU, in a browser, or in Node through the package webgpu.
 */
export type TfjsDevice = 'wasm' | 'javascript' | 'tensorflow' | 'tensorflow-gpu' | 'webgpu'

export interface LoadedDevice {
  readonly tf: Tf
  /** tfjs's own name of it. */
  readonly name: string
  /** Whether numbers on it can be read without waiting. */
  readonly blocks: boolean
  readonly facts: DeviceFacts
}

interface Device {
  /** tfjs's own name of it. */
  readonly name: string
  readonly blocks: boolean
  /** The packages that bring it. */
  readonly packages: readonly string[]
  /** The command that installs them, where not `npm install` and their names. */
  readonly install?: string
  /** Registers the device with tfjs. */
  readonly load: () => Promise<void>
  readonly facts: (tf: Tf) => DeviceFacts | Promise<DeviceFacts>
}

// A variable keeps bundlers and type checkers from asking for packages that are optional.
const optional = (name: string): Promise<unknown> => import(/* @vite-ignore */ name)

function tensorflow(device: TensorflowDevice): Device {
  let about = ''
  return {
    name: 'tensorflow',
    blocks: true,
    packages: [partsOf[device].name],
    install: partsOf[device].install,
    load: async () => {
      const { openBinding } = await import('#tensorflow')
      about = openBinding(device)
      await optional(partsOf[device].name)
    },
    facts: () => onMachine(about),
  }
}

const devices: Readonly<Record<TfjsDevice, Device>> = {
  wasm: {
    name: 'wasm',
    blocks: true,
    packages: ['@tensorflow/tfjs-backend-wasm'],
    load: async () => void (await import('@tensorflow/tfjs-backend-wasm')),
    facts: (tf) => {
      const shortage = shortageOf(tf, watchWasm)
      return { ...onMachine('WebAssembly'), largestBuffer: shortage.largestBuffer, shortage }
    },
  },
  javascript: {
    name: 'cpu',
    blocks: true,
    packages: ['@tensorflow/tfjs-backend-cpu'],
    load: async () => void (await import('@tensorflow/tfjs-backend-cpu')),
    facts: () => onMachine('plain JavaScript'),
  },
  tensorflow: tensorflow('tensorflow'),
  'tensorflow-gpu': tensorflow('tensorflow-gpu'),
  webgpu: {
    name: 'webgpu',
    blocks: false,
    packages: ['@tensorflow/tfjs-backend-webgpu', 'webgpu'],
    load: async () => {
      await startWebGpu()
      await optional('@tensorflow/tfjs-backend-webgpu')
    },
    facts: webGpuFacts,
  },
}

/** The devices, the default one first. */
export const tfjsDevices: readonly TfjsDevice[] = [
  'wasm',
  'javascript',
  'tensorflow',
  'tensorflow-gpu',
  'webgpu',
]

function describe(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return text.split('\n')[0] ?? text
}

/** Loads tfjs-core and a device; throws NtkError 'option' or 'unsupported'. */
export async function loadDevice(device: TfjsDevice): Promise<LoadedDevice> {
  const found = Object.hasOwn(devices, device) ? devices[device] : undefined
  if (found === undefined) {
    throw new NtkError('option', {
      what: `device is one of ${tfjsDevices.join(', ')}.`,
      got: String(device),
    })
  }
  const tf = await import('@tensorflow/tfjs-core')
  try {
    await found.load()
    if (!(await tf.setBackend(found.name))) throw new Error(`tfjs could not start '${found.name}'`)
    await tf.ready()
    return { tf, name: found.name, blocks: found.blocks, facts: await found.facts(tf) }
  } catch (cause) {
    if (NtkError.isInstance(cause)) throw cause
    const needed = found.packages.join(' and ')
    throw new NtkError('unsupported', {
      what: `The ${device} device needs ${needed}, which could not be loaded.`,
      got: describe(cause),
      fix: `Install it (${found.install ?? `npm install ${found.packages.join(' ')}`}), or take another device; 'wasm' comes with this package.`,
      cause,
    })
  }
}
