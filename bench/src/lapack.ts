import { createRequire } from 'node:module'
import type { Tensor } from '@ntk/tensor'

const names = ['libopenblas.so.0', 'libopenblas.so', 'libmkl_rt.so.2', 'libmkl_rt.so', 'liblapack.so.3']

interface Koffi {
  load(name: string): { func(signature: string): (...args: unknown[]) => unknown }
}

/** Calls dsyevd with nothing between: the bound our own eigendecomposition is held against. Null without a library. */
export function lapackEigh(a: Tensor): (() => unknown) | null {
  if (process.env.NTK_BLAS === 'off') return null
  let koffi: Koffi
  try {
    koffi = createRequire(import.meta.url)('koffi') as Koffi
  } catch {
    return null
  }
  for (const name of process.env.NTK_BLAS ? [process.env.NTK_BLAS, ...names] : names) {
    try {
      const dsyevd = koffi
        .load(name)
        .func(
          'void dsyevd_(str jobz, str uplo, int *n, double *a, int *lda, double *w, double *work, int *lwork, int *iwork, int *liwork, int *info)',
        )
      return () => {
        const n = a.shape[0] as number
        const matrix = (a.dataSync() as Float64Array).slice()
        const lwork = 1 + 6 * n + 2 * n * n
        const liwork = 3 + 5 * n
        const info = new Int32Array(1)
        const one = (v: number): Int32Array => Int32Array.of(v)
        dsyevd(
          'V',
          'L',
          one(n),
          matrix,
          one(n),
          new Float64Array(n),
          new Float64Array(lwork),
          one(lwork),
          new Int32Array(liwork),
          one(liwork),
          info,
        )
        if (info[0] !== 0) throw new Error(`dsyevd answered ${info[0]}`)
      }
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('dsyevd')) throw error
    }
  }
  return null
}
