import { createCpuBackend } from '@ntk/tensor'
import { backendContract } from '@ntk/tensor/contract'
import { describe, it } from 'vitest'

describe('the CPU backend with the BLAS that it finds', () => {
  backendContract(() => createCpuBackend(), { describe, it })
})

describe('the CPU backend with WebAssembly alone', () => {
  backendContract(() => createCpuBackend({ blas: 'off' }), { describe, it })
})
