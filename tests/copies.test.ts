import * as autodiff from '@ntk/autodiff'
import * as tensor from '@ntk/tensor'
import { afterEach, describe, expect, test, vi } from 'vitest'

afterEach(() => {
  vi.doUnmock('@ntk/tensor')
  vi.resetModules()
})

/** Another copy, as a second installed version would be. */
async function another(): Promise<typeof tensor> {
  vi.resetModules()
  return await import('@ntk/tensor')
}

describe('two copies of @ntk/tensor', () => {
  test('work side by side', async () => {
    const other = await another()
    expect(other.Tensor).not.toBe(tensor.Tensor)
    expect(tensor.add(tensor.tensor([1, 2]), 1)).toMatchObject({ shape: [2] })
    expect(other.sum(other.tensor([1, 2])).shape).toEqual([])
  })

  test('refuse each other by name: a tensor, a tracer, a backend', async () => {
    const other = await another()
    const foreign = other.tensor([1, 2])
    const error = { code: 'copies', message: expect.stringMatching(/Two copies of @ntk\/tensor .*npm ls/s) }
    expect(() => tensor.exp(foreign)).toThrow(expect.objectContaining(error))
    expect(() => tensor.add(tensor.tensor([1, 2]), foreign)).toThrow(expect.objectContaining(error))
    expect(() => autodiff.grad((x: tensor.Tensor) => other.sum(x))(tensor.tensor([1, 2]))).toThrow(
      expect.objectContaining(error),
    )
    expect(() => tensor.tensor([1], { backend: other.createCpuBackend() })).toThrow(
      expect.objectContaining(error),
    )
  })

  test('can read each other: a tensor is taken over by its numbers', async () => {
    const other = await another()
    const foreign = other.tensor([1, 2])
    expect(tensor.Tensor.isInstance(foreign)).toBe(true)
    expect(tensor.tensor(foreign.toNested()).toNested()).toEqual([1, 2])
  })
})

describe('two copies of @ntk/autodiff over one @ntk/tensor', () => {
  test('refuse to nest, with the name of the package', async () => {
    vi.resetModules()
    vi.doMock('@ntk/tensor', () => tensor)
    const other = await import('@ntk/autodiff')
    expect(other.grad).not.toBe(autodiff.grad)
    const nested = (x: tensor.Tensor): tensor.Value =>
      autodiff.grad((y: tensor.Tensor) => tensor.sum(tensor.mul(tensor.square(y), x)))(x)
    const error = { code: 'copies', what: expect.stringContaining('@ntk/autodiff') }
    expect(() => other.grad((x: tensor.Tensor) => tensor.sum(nested(x)))(tensor.tensor([1, 2]))).toThrow(
      expect.objectContaining(error),
    )
    const stopped = other.grad((x: tensor.Tensor) => tensor.sum(autodiff.stopGradient(x)))
    expect(() => stopped(tensor.tensor([1, 2]))).toThrow(expect.objectContaining(error))
  })
})
