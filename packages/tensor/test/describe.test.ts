import { describeCpu, describeNative } from '@ntk/tensor'
import { expect, test } from 'vitest'

test('describeCpu tells what multiplies and factors, and is plain data', () => {
  const found = describeCpu()
  expect(found.wasm).toEqual({ simd: true, reason: null })
  expect(found.blas).toEqual(describeNative())
  expect(found.products).toBe(found.blas.inUse ? 'blas' : 'wasm')
  expect(found.factorizations).toBe(found.blas.lapack === null ? 'wasm' : 'lapack')
  expect(found.blas.inUse ? found.blas.library : found.blas.reason).toEqual(expect.any(String))
  expect(found.threads).toBeGreaterThanOrEqual(1)
  expect(found.wasmThreads).toEqual({ threads: expect.any(Number), reason: expect.any(String) })
  expect(JSON.parse(JSON.stringify(found))).toEqual(found)
})
