import type { CudaApi } from '../api.js'

/** Why CUDA cannot be had and what brings it, in sentences. */
export interface Refused {
  readonly reason: string
  readonly fix: string
}

export type Loaded = { readonly api: CudaApi } | Refused
