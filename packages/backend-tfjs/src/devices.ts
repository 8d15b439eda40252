import { NtkError } from '@ntk/tensor'
import type { Tf } from './rule.js'

/**
 * - 'wasm': WebAssembly, everywhere; - 'cpu': plain JavaScript; - 'node': TensorFlow's library through
 * @tensorflow/tfjs-node; - 'node-gpu': the same with CUDA through @tensorflow/tfjs-node-gpu.
 */
export type TfjsDevice = 'wasm' | 'cpu' | 'node' | 'node-gpu'

interface Device {
  /** The package that registers the device, and how to import it. */
  readonly module: string
  readonly load: () => Promise<unknown>
  /** tfjs's own name of it. */
  readonly name: string
}

// A variable keeps bundlers and type checkers from asking for packages that are optional.
const optional = (name: string): Promise<unknown> => import(/* @vite-ignore */ name)

const devices: Readonly<Record<TfjsDevice, Device>> = {
  wasm: {
    module: '@tensorflow/tfjs-backend-wasm',
    load: () => import('@tensorflow/tfjs-backend-wasm'),
    name: 'wasm',
  },
  cpu: {
    module: '@tensorflow/tfjs-backend-cpu',
    load: () => import('@tensorflow/tfjs-backend-cpu'),
    name: 'cpu',
  },
  node: {
    module: '@tensorflow/tfjs-node',
    load: () => optional('@tensorflow/tfjs-node'),
    name: 'tensorflow',
  },
  'node-gpu': {
    module: '@tensorflow/tfjs-node-gpu',
    load: () => optional('@tensorflow/tfjs-node-gpu'),
    name: 'tensorflow',
  },
}

/** Loads tfjs-core and a device; throws NtkError 'option' or 'unsupported'. */
export async function loadDevice(device: TfjsDevice): Promise<{ tf: Tf; name: string }> {
  const found = Object.hasOwn(devices, device) ? devices[device] : undefined
  if (found === undefined) {
    throw new NtkError('option', {
      what: `device is one of ${Object.keys(devices).join(', ')}.`,
      got: String(device),
    })
  }
  const tf = await import('@tensorflow/tfjs-core')
  try {
    await found.load()
    if (!(await tf.setBackend(found.name))) throw new Error(`tfjs could not start '${found.name}'`)
    await tf.ready()
  } catch (cause) {
    throw new NtkError('unsupported', {
      what: `The ${device} device needs ${found.module}, which could not be loaded.`,
      got: cause instanceof Error ? (cause.message.split('\n')[0] as string) : String(cause),
      fix: `Install it (npm install ${found.module}), or take another device; 'wasm' comes with this package.`,
      cause,
    })
  }
  return { tf, name: found.name }
}
