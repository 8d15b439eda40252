import { createCpuBackend } from '@ntk/tensor'
import { backendContract, contractCases } from '@ntk/tensor/contract'
import { describe, it } from 'vitest'

describe('the CPU backend with the BLAS that it finds', () => {
  backendContract(() => createCpuBackend(), { describe, it })
})

describe('the CPU backend with WebAssembly alone', () => {
  backendContract(() => createCpuBackend({ blas: 'off' }), { describe, it })
})

describe('the CPU backend with memory of its own', () => {
  for (const c of contractCases().filter((one) => one.primitive === null)) {
    it(`${c.name}`, () => c.run(createCpuBackend({ memory: 'owned' })))
  }
})
