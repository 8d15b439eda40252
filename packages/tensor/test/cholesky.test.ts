import {
  type Backend,
  cast,
  cholesky,
  choleskyInPlace,
  cpuBackend,
  createCpuBackend,
  diagonal,
  eigh,
  key,
  logDet,
  matmul,
  NtkError,
  normal,
  type Tensor,
  tensorFromData,
  toBackend,
  transpose,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'

const backends: [string, () => Backend][] = [
  ['with the BLAS that it finds', () => cpuBackend()],
  ['with WebAssembly alone', () => createCpuBackend({ blas: 'off' })],
  ['that counts its memory', () => createCpuBackend({ memory: 'owned' })],
]

const failure = (f: () => unknown): NtkError => {
  try {
    f()
  } catch (error) {
    if (NtkError.isInstance(error)) return error
    throw error
  }
  throw new Error('an NtkError was expected')
}

describe.each(backends)('a Cholesky factor on the CPU %s', (_, make) => {
  const backend = make()
  const n = 70
  const definite = async (): Promise<Tensor> => {
    const a = normal(key(0), [n, 2 * n])
    return toBackend(matmul(a, transpose(a)), backend)
  }

  test('in place is the factor to the bit, in the memory of the matrix, which is used up', async () => {
    const a = await definite()
    const want = cholesky(a).dataSync()
    const memory = a.dataSync()
    const l = choleskyInPlace(a)
    expect(Array.from(l.dataSync())).toEqual(Array.from(want))
    expect(l.dataSync().buffer).toBe(memory.buffer)
    expect(failure(() => a.dataSync()).code).toBe('donated')
    expect(failure(() => cholesky(a)).code).toBe('donated')
  })

  test('in place names the pivot of a matrix that has none, and what stands there', () => {
    const singular = tensorFromData(Float64Array.of(4, 2, 2, 2, 1, 1, 2, 1, -3), [3, 3], backend)
    const error = failure(() => choleskyInPlace(singular))
    expect(error.code).toBe('not-positive-definite')
    expect(error.message).toMatch(/pivot 1 of 0\b/)
    expect(failure(() => singular.dataSync()).code).toBe('donated')
  })

  test('and eigenvectors of float32 are those of float64, rounded, and leave the matrix as it was', async () => {
    const a = cast(await definite(), 'float32')
    const before = Array.from(a.dataSync())
    const wide = cast(a, 'float64')
    const round = (x: Tensor): number[] => Array.from(new Float32Array(x.dataSync()))
    // twice: work space is used again
    for (let i = 0; i < 2; i++) {
      expect(Array.from(cholesky(a).dataSync())).toEqual(round(cholesky(wide)))
      const [narrow, exact] = [eigh(a), eigh(wide)]
      expect(Array.from(narrow.values.dataSync())).toEqual(round(exact.values))
      expect(Array.from(narrow.vectors.dataSync())).toEqual(round(exact.vectors))
    }
    expect(Array.from(a.dataSync())).toEqual(before)
    // a smaller one in the work space of a larger
    const small = tensorFromData(Float32Array.of(4, 9, 2, 5), [2, 2], backend)
    expect(Array.from(cholesky(small).dataSync())).toEqual([2, 0, 1, 2])
  })
})

test('a diagonal is read by itself: what is not finite beside it does not reach it', () => {
  const a = tensorFromData(Float64Array.of(1, Number.NaN, Infinity, 2, 3, 4, 5, 6), [2, 2, 2])
  expect(diagonal(a).toNested()).toEqual([
    [1, 2],
    [3, 6],
  ])
  expect(diagonal(tensorFromData(new Float64Array(0), [0, 0])).shape).toEqual([0])
  expect(logDet(tensorFromData(Float64Array.of(4, 2, 2, 5), [2, 2])).item()).toBeCloseTo(Math.log(16), 14)
})
