import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { NtkError } from '@ntk/tensor'
import { findInstalled } from './find.js'
import { partsOf, type TensorflowDevice } from './packages.js'

/** What is used here of the compiled part of the package. */
interface Binding {
  readonly TF_Version: string
  readonly isUsingGpuDevice: () => boolean
}

let opened: TensorflowDevice | null = null

/** The package calls this, which Node 23 took away. */
function restoreIsNullOrUndefined(): void {
  const util = createRequire(import.meta.url)('node:util') as {
    isNullOrUndefined?: (value: unknown) => boolean
  }
  util.isNullOrUndefined ??= (value) => value === null || value === undefined
}

/**
 * Loads the compiled part of a device's package before the package itself, so that what is missing is named and a later try starts
 * afresh. Gives the device in words. Throws NtkError 'unsupported'.
 */
export function openBinding(device: TensorflowDevice): string {
  const { name, binding } = findInstalled(device)
  if (opened !== null && opened !== device) {
    throw new NtkError('unsupported', {
      what: "A process has one of TensorFlow's libraries.",
      got: `${device} beside ${opened}`,
      fix: `Take ${opened}, or start ${device} in another process.`,
    })
  }
  if (!existsSync(binding)) {
    throw new NtkError('unsupported', {
      what: `The ${device} device needs the binding of ${name} to TensorFlow's library, which is not built.`,
      got: `no ${binding}`,
      fix: `Run ${partsOf[device].build}, where DIR has Python's tensorflow (${partsOf[device].wheel}).`,
    })
  }
  // else the library greets on stderr
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '1'
  const { TF_Version, isUsingGpuDevice } = load(device, name, binding)
  opened = device
  const gpu = isUsingGpuDevice()
  if (device === 'tensorflow-gpu' && !gpu) {
    throw new NtkError('unsupported', {
      what: `The tensorflow-gpu device needs a GPU, and TensorFlow ${TF_Version} finds none.`,
      fix: `Install the GPU's driver, build the binding against a library with CUDA (${partsOf[device].wheel}; ${partsOf[device].build}), or take another device.`,
    })
  }
  restoreIsNullOrUndefined()
  return `TensorFlow ${TF_Version}, ${gpu ? 'with CUDA' : 'on the processor'}`
}

function load(device: TensorflowDevice, name: string, binding: string): Binding {
  try {
    return createRequire(import.meta.url)(binding) as Binding
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause)
    throw new NtkError('unsupported', {
      what: `The binding of ${name} to TensorFlow's library cannot be loaded.`,
      got: text.split('\n')[0] ?? text,
      fix: `Build it again (${partsOf[device].build}): it holds for the folder of the library that it was built against, and this kind of machine.`,
      cause,
    })
  }
}
