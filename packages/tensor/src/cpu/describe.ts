import { describeNative } from './native/index.js'
import type { NativeDescription } from './native/types.js'
import { type ThreadReport, threadReport } from './wasm/index.js'
import { wasmModule } from './wasm/module.js'

/** What the CPU backend computes with here: plain data, for `ntk doctor` and reports. */
export interface CpuDescription {
  readonly backend: 'cpu'
  /** WebAssembly with 128-bit vectors, which the engine needs; where it is missing, why. */
  readonly wasm: { readonly simd: boolean; readonly reason: string | null }
  /** The machine's BLAS and LAPACK, or why none is in use (WebAssembly takes their place). */
  readonly blas: NativeDescription
  /** Who multiplies matrices and who factors them. */
  readonly products: 'blas' | 'wasm'
  readonly factorizations: 'lapack' | 'wasm'
  /** Threads of matrix products. */
  readonly threads: number
  /** Threads of the WebAssembly kernels, and why (NTK_THREADS sets their number). */
  readonly wasmThreads: ThreadReport
}

/** Tells what the CPU backend has found; looks for a BLAS if nobody has yet. Never throws. */
export function describeCpu(): CpuDescription {
  const blas = describeNative()
  const wasmThreads = threadReport()
  let reason: string | null = null
  try {
    wasmModule()
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error)
  }
  return {
    backend: 'cpu',
    wasm: { simd: reason === null, reason },
    blas,
    products: blas.inUse ? 'blas' : 'wasm',
    factorizations: blas.inUse && blas.lapack !== null ? 'lapack' : 'wasm',
    threads: blas.inUse ? (blas.threads ?? 1) : wasmThreads.threads,
    wasmThreads,
  }
}
