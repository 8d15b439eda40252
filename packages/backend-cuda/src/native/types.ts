import type { CudaApi, LibraryName } from '../api.js'

/** Why CUDA cannot be had and what brings it, in sentences. */
export interface Refused {
  readonly reason: string
  readonly fix: string
}

export interface LoadedCuda {
  readonly api: CudaApi
  /** Of each library; the driver's is that of the CUDA it is of. */
  readonly versions: Readonly<Record<LibraryName, string>>
}

export type Loaded = LoadedCuda | Refused
