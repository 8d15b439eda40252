import { loadCuda } from '#native'
import type { LibraryName } from '../api.js'
import { Machine } from '../machine.js'
import { check } from '../status.js'
import type { Loaded } from './types.js'

export interface CudaDevice {
  readonly name: string
  /** Compute capability, such as 'sm_80'. */
  readonly architecture: string
  /** Bytes of its memory. */
  readonly memory: { readonly free: number; readonly total: number }
}

/** What of CUDA is here. */
export interface CudaDescription {
  /** Why CUDA cannot be used and what helps; null where a device can be used. */
  readonly reason: string | null
  /** In the driver's order; of one that does not start, why. */
  readonly devices: readonly (CudaDevice | { readonly reason: string })[]
  /** Paths, or names that the system's loader finds. Null where they are not all here. The driver's version is that of the CUDA it is of. */
  readonly libraries: Readonly<
    Record<LibraryName, { readonly path: string; readonly version: string }>
  > | null
}

/** The devices and the libraries, or why CUDA cannot be used. Starts every device, and never throws. */
export function describeCuda(load: () => Loaded = loadCuda): CudaDescription {
  let libraries: CudaDescription['libraries'] = null
  try {
    const loaded = load()
    if ('reason' in loaded) return { reason: `${loaded.reason} ${loaded.fix}`, devices: [], libraries }
    const { api, versions } = loaded
    const of = (name: LibraryName): { path: string; version: string } => ({
      path: api.about[name],
      version: versions[name],
    })
    libraries = { driver: of('driver'), nvrtc: of('nvrtc'), cublas: of('cublas'), cusolver: of('cusolver') }
    const count = new Int32Array(1)
    check('driver', 'cuInit', api.driver.cuInit(0))
    check('driver', 'cuDeviceGetCount', api.driver.cuDeviceGetCount(count))
    const devices = Array.from({ length: count[0] as number }, (_, index) => {
      try {
        const machine = new Machine(api, index)
        return { name: machine.name, architecture: machine.architecture, memory: machine.memoryInfo() }
      } catch (error) {
        return { reason: messageOf(error) }
      }
    })
    const reasons = devices.map((device) => ('reason' in device ? device.reason : null))
    if (reasons.some((reason) => reason === null)) return { reason: null, devices, libraries }
    const reason = reasons[0] ?? 'The driver sees no GPU; CUDA_VISIBLE_DEVICES may hide it.'
    return { reason, devices, libraries }
  } catch (error) {
    return { reason: messageOf(error), devices: [], libraries }
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
