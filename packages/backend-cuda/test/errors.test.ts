import {
  add,
  type Backend,
  broadcastTo,
  cholesky,
  NtkError,
  type Shape,
  scope,
  solve,
  type Tensor,
  take,
  tensorFromData,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { backendOf } from '../src/backend.js'
import { compiler } from './stand-in/compiler.js'
import { standIn } from './stand-in/index.js'

function errorOf(f: () => unknown): NtkError {
  try {
    f()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Zeros of which one row takes memory until the others are asked for. */
const zerosOn = (backend: Backend, shape: Shape): Tensor =>
  broadcastTo(tensorFromData(new Float64Array(shape.at(-1) ?? 0), shape.slice(-1), backend), shape)

describe.skipIf(compiler === null)('what goes wrong on cuda (skipped without a C compiler)', () => {
  it('says how much memory was needed and how much there is', () => {
    const { backend } = backendOf(standIn().api, 0)
    const x = zerosOn(backend, [2 ** 16, 2 ** 12])
    const error = errorOf(() => add(x, 1).dataSync())
    expect(error.code).toBe('memory')
    expect(error.message).toMatch(/a tensor of 2\.00 GiB was needed\. Got 1\.00 GiB free of 1\.00 GiB/)
  })

  it('leaves nothing behind where memory is full', () => {
    const cuda = standIn()
    const { backend } = backendOf(cuda.api, 0)
    const before = cuda.held()
    scope(() => {
      const x = zerosOn(backend, [2 ** 16, 2 ** 12])
      expect(errorOf(() => cholesky(zerosOn(backend, [2 ** 14, 2 ** 14]))).message).toMatch(/is full/)
      expect(errorOf(() => add(x, 1).dataSync()).message).toMatch(/is full/)
    })
    expect(cuda.held()).toBe(before)
  })

  it('names the call that the driver refused, and a GPU that is lost', () => {
    const cuda = standIn()
    const { backend } = backendOf(cuda.api, 0)
    const x = tensorFromData(new Float64Array(3), [3], backend)
    cuda.fail('cuLaunchKernel', 1)
    expect(errorOf(() => add(x, 1).dataSync()).message).toMatch(
      /cuLaunchKernel\. Got CUDA_ERROR_INVALID_VALUE \(1\)/,
    )
    cuda.fail('cuMemcpyDtoH_v2', 719)
    const lost = errorOf(() => x.dataSync())
    expect(lost.code).toBe('backend')
    expect(lost.message).toMatch(/The GPU was lost.*CUDA_ERROR_LAUNCH_FAILED.*--resume/)
  })

  it('names a device that is not there', () => {
    const error = errorOf(() => backendOf(standIn().api, 3))
    expect(error.code).toBe('unsupported')
    expect(error.message).toMatch(/no CUDA device 3\. Got 1 device/)
  })

  it('has the errors of linear algebra that the CPU has', () => {
    const { backend } = backendOf(standIn().api, 0)
    const on = (data: readonly number[]) => tensorFromData(Float64Array.from(data), [2, 2], backend)
    expect(errorOf(() => cholesky(on([1, 2, 2, 1]))).message).toMatch(/pivot 1 of -3/)
    expect(errorOf(() => cholesky(on([1, 0, Number.NaN, 1]))).code).toBe('not-finite')
    expect(errorOf(() => solve(on([1, 2, 2, 4]), on([1, 0, 0, 1]))).code).toBe('singular')
  })

  it('refuses indices that point outside', () => {
    const { backend } = backendOf(standIn().api, 0)
    const x = tensorFromData(new Float64Array(4), [4], backend)
    const at = tensorFromData(Int32Array.from([0, 4]), [2], backend)
    expect(errorOf(() => take(x, at)).code).toBe('index')
  })
})
