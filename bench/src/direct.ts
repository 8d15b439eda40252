import { createRequire } from 'node:module'
import { describeCpu, type FloatDType } from '@ntk/tensor'

/** The machine's BLAS as the first process found it, for the second, which computes without it but is measured against it. */
export function blasForChild(): Record<string, string> {
  const { library, chosenCore, integerBits } = describeCpu().blas
  if (library === null || integerBits !== 32) return {}
  return {
    NTK_BENCH_BLAS: library,
    OPENBLAS_THREAD_TIMEOUT: process.env.OPENBLAS_THREAD_TIMEOUT ?? '16',
    ...(chosenCore === null ? {} : { OPENBLAS_CORETYPE: chosenCore }),
  }
}

/** A product of two n x n matrices by `blasForChild`'s library with nothing between; null without one. */
export function directProduct(dtype: FloatDType, n: number): (() => unknown) | null {
  const library = process.env.NTK_BENCH_BLAS
  if (library === undefined) return null
  const [element, letter] = dtype === 'float64' ? ['double', 'd'] : ['float', 's']
  type Gemm = (...args: unknown[]) => void
  let gemm: Gemm
  try {
    const koffi = createRequire(import.meta.url)('koffi') as {
      load(name: string): { func(signature: string): Gemm }
    }
    const m = `${element} *`
    gemm = koffi
      .load(library)
      .func(
        `void ${letter}gemm_(str ta, str tb, int *m, int *n, int *k, ${m}alpha, ${m}a, int *lda, ${m}b, int *ldb, ${m}beta, ${m}c, int *ldc)`,
      )
  } catch {
    return null
  }
  const make = dtype === 'float64' ? Float64Array : Float32Array
  const [a, b] = [1, 2].map((seed) => new make(n * n).map((_, i) => Math.sin(seed * i))) as [unknown, unknown]
  const order = Int32Array.of(n)
  return () =>
    gemm('N', 'N', order, order, order, make.of(1), a, order, b, order, make.of(0), new make(n * n), order)
}
