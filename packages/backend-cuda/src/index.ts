import { type Backend, NtkError } from '@ntk/tensor'
import { nonNegativeInteger, type RulesFor, readOptions } from '@ntk/tensor/options'
import { loadCuda } from '#native'
import { backendOf } from './backend.js'

export { type CudaDescription, describeCuda } from './native/describe.js'

export interface CudaOptions {
  /** Which GPU, from 0. */
  readonly device?: number | undefined
}

/** A backend, and what is known of its GPU. */
export interface OpenCuda {
  readonly backend: Backend
  /** As the driver calls it, with its compute capability and the CUDA that is used. */
  readonly about: string
  /** Bytes of its memory that are free, and all. */
  readonly memory: () => { readonly free: number; readonly total: number }
}

const rules = { device: nonNegativeInteger(0) } satisfies RulesFor<CudaOptions>

const opened = new Map<number, OpenCuda>()

/**
 * A GPU of NVIDIA as a backend, in float64, float32, int32 and bool. The same backend is given whenever a GPU is asked for again.
 * Throws NtkError 'unsupported' where the driver, a library of CUDA or the GPU is missing, with what brings it.
 */
export async function openCuda(options?: CudaOptions): Promise<OpenCuda> {
  const { device } = readOptions('openCuda', rules, options)
  let found = opened.get(device)
  if (found === undefined) {
    const loaded = loadCuda()
    if ('reason' in loaded)
      throw new NtkError('unsupported', { what: `CUDA cannot be used. ${loaded.reason}`, fix: loaded.fix })
    const { backend, machine } = backendOf(loaded.api, device)
    const about = `${machine.name}, ${machine.architecture}, CUDA ${loaded.versions.nvrtc}`
    found = { backend, about, memory: () => machine.memoryInfo() }
    opened.set(device, found)
  }
  return found
}

/** The backend of `openCuda`. */
export async function cudaBackend(options?: CudaOptions): Promise<Backend> {
  return (await openCuda(options)).backend
}
