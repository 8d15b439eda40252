import { loadCuda } from '#native'
import type { CudaApi } from './api.js'
import { check } from './status.js'

/** What of CUDA is here. */
export interface CudaDescription {
  readonly inUse: boolean
  /** Why not; null where it can be used. */
  readonly reason: string | null
  /** Version of CUDA that the driver knows, such as '12.8'. */
  readonly driver: string | null
  readonly devices: readonly string[]
  /** Paths, or names that the system's loader finds. */
  readonly libraries: CudaApi['about'] | null
}

const nothing: CudaDescription = { inUse: false, reason: null, driver: null, devices: [], libraries: null }

function whole(name: string, call: (out: Int32Array) => number): number {
  const out = new Int32Array(1)
  check('driver', name, call(out))
  return out[0] as number
}

/** The driver, its devices and the libraries, or why CUDA cannot be used. Never throws. */
export function describeCuda(): CudaDescription {
  try {
    const loaded = loadCuda()
    return 'reason' in loaded
      ? { ...nothing, reason: `${loaded.reason} ${loaded.fix}` }
      : describe(loaded.api)
  } catch (error) {
    return { ...nothing, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** As `describeCuda`, of libraries that are loaded. */
export function describe({ driver, about }: CudaApi): CudaDescription {
  check('driver', 'cuInit', driver.cuInit(0))
  const version = whole('cuDriverGetVersion', (out) => driver.cuDriverGetVersion(out))
  const count = whole('cuDeviceGetCount', (out) => driver.cuDeviceGetCount(out))
  const devices = Array.from({ length: count }, (_, index) => {
    const device = whole('cuDeviceGet', (out) => driver.cuDeviceGet(out, index))
    const text = new Uint8Array(256)
    check('driver', 'cuDeviceGetName', driver.cuDeviceGetName(text, text.length, device))
    return new TextDecoder().decode(text.subarray(0, text.indexOf(0)))
  })
  const [major, minor] = [Math.floor(version / 1000), Math.floor((version % 1000) / 10)]
  return {
    inUse: count > 0,
    reason: count > 0 ? null : 'The driver sees no GPU.',
    driver: `${major}.${minor}`,
    devices,
    libraries: about,
  }
}
