import { existsSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { constants } from 'node:os'
import { NtkError } from '@ntk/tensor'
import { findInstalled } from './find.js'
import { partsOf, type TensorflowDevice } from './packages.js'

/** What is used here of the compiled part of the package. */
interface Binding {
  readonly TF_Version: string
  readonly isUsingGpuDevice: () => boolean
}

const own = createRequire(import.meta.url)

let opened: TensorflowDevice | null = null

/** The package calls these, of which Node 23 took one away and Node 22 warns. */
function restoreUtilities(): void {
  const util = own('node:util') as { isNullOrUndefined: (value: unknown) => boolean; isArray: unknown }
  util.isNullOrUndefined = (value) => value === null || value === undefined
  util.isArray = Array.isArray
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
      fix: `Start ${device} in a process of its own.`,
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
  restoreUtilities()
  return `TensorFlow ${TF_Version}, ${gpu ? 'with CUDA' : 'on the processor'}`
}

/** RTLD_NODELETE of Linux, which Node does not name. */
const never = 0x1000

/**
 * A compiled module that stays when the thread that loaded it ends. Node would unload it, and with it TensorFlow's library, whose own
 * threads still run: the process would crash. Who requires it later gets the same module.
 */
function loadForGood(path: string): unknown {
  if (process.platform !== 'linux' || own.cache[path] !== undefined) return own(path)
  const module = new Module(path)
  module.filename = path
  process.dlopen(module, path, constants.dlopen.RTLD_LAZY | never)
  module.loaded = true
  own.cache[path] = module
  return module.exports
}

function load(device: TensorflowDevice, name: string, binding: string): Binding {
  try {
    return loadForGood(own.resolve(binding)) as Binding
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
