import { NtkError } from '@ntk/tensor'
import type { LibraryName } from './api.js'

/** Codes of the driver that a user can meet (CUresult of cuda.h). */
const driverCodes: Readonly<Record<number, string>> = {
  1: 'CUDA_ERROR_INVALID_VALUE',
  2: 'CUDA_ERROR_OUT_OF_MEMORY',
  3: 'CUDA_ERROR_NOT_INITIALIZED',
  34: 'CUDA_ERROR_STUB_LIBRARY',
  46: 'CUDA_ERROR_DEVICE_UNAVAILABLE',
  100: 'CUDA_ERROR_NO_DEVICE',
  101: 'CUDA_ERROR_INVALID_DEVICE',
  200: 'CUDA_ERROR_INVALID_IMAGE',
  201: 'CUDA_ERROR_INVALID_CONTEXT',
  209: 'CUDA_ERROR_NO_BINARY_FOR_GPU',
  214: 'CUDA_ERROR_ECC_UNCORRECTABLE',
  700: 'CUDA_ERROR_ILLEGAL_ADDRESS',
  702: 'CUDA_ERROR_LAUNCH_TIMEOUT',
  709: 'CUDA_ERROR_CONTEXT_IS_DESTROYED',
  719: 'CUDA_ERROR_LAUNCH_FAILED',
  803: 'CUDA_ERROR_SYSTEM_DRIVER_MISMATCH',
  804: 'CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE',
}

/** Statuses of cuBLAS and cuSOLVER, which agree in these. */
const solverCodes: Readonly<Record<number, string>> = {
  1: 'not initialized',
  2: 'the allocation failed',
  3: 'a value is not valid',
  4: 'the device is too old',
  6: 'the execution failed',
  7: 'internal error',
}

export const outOfMemory = 2

/** Statuses after which the context of the device is lost for this process. */
const losing: ReadonlySet<number> = new Set([46, 214, 700, 702, 709, 714, 715, 716, 717, 718, 719])

function nameOf(library: LibraryName, status: number): string {
  const table = library === 'driver' ? driverCodes : library === 'nvrtc' ? {} : solverCodes
  const word = table[status]
  return word === undefined ? `status ${status}` : `${word} (${status})`
}

/** Throws NtkError 'backend' that names the call, unless its status is 0. */
export function check(library: LibraryName, call: string, status: number): void {
  if (status === 0) return
  const lost = library === 'driver' && losing.has(status)
  throw new NtkError('backend', {
    what: lost ? `The GPU was lost: ${call} failed.` : `CUDA refused a call: ${call}.`,
    got: nameOf(library, status),
    fix: lost
      ? 'Nothing that was on it comes back: go on in a new process, `ntk` with --resume, `train` from its last checkpoint.'
      : undefined,
  })
}
