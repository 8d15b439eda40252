import type { CudaApi } from '../api.js'

/** CUDA's libraries, or why they cannot be had and what brings them, in sentences. */
export type Loaded = { readonly api: CudaApi } | { readonly reason: string; readonly fix: string }
