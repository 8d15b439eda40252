import { NtkError } from '@ntk/tensor'
import type { Ffi } from '@ntk/tensor/node'
import { check } from '../status.js'
import { type Bound, bind } from './bind.js'
import type { Version } from './libraries.js'
import type { Refused } from './types.js'

/** The driver, started, or why there is none. */
export function loadDriver(
  ffi: Ffi,
  names: readonly string[],
): (Bound<'driver'> & { readonly version: Version }) | Refused {
  const driver = bind(ffi, 'driver', names)
  if (typeof driver === 'string') return { reason: `${driver}.`, fix: "Install or update NVIDIA's driver." }
  try {
    check('driver', 'cuInit', driver.functions.cuInit(0))
    const version = new Int32Array(1)
    const ask = driver.library.func('cuDriverGetVersion', 'int', ['void *'])
    check('driver', 'cuDriverGetVersion', ask(version) as number)
    // 12080 is 12.8
    const number = version[0] as number
    return {
      ...driver,
      version: { major: Math.floor(number / 1000), minor: Math.floor((number % 1000) / 10) },
    }
  } catch (error) {
    if (!NtkError.isInstance(error)) throw error
    return {
      reason: `NVIDIA's driver (${driver.path}) does not start: ${error.message}`,
      fix: 'See whether `nvidia-smi` shows a GPU. A container must be given one (`docker run --gpus all`), CUDA_VISIBLE_DEVICES may hide it, and an updated driver needs a restart.',
    }
  }
}
