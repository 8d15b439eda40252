import {
  type Backend,
  choleskySolve,
  cpuBackend,
  createCpuBackend,
  dotGeneral,
  eigh,
  key,
  matmul,
  matrixTranspose,
  mul,
  normal,
  solve,
  type Tensor,
  toBackend,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { relativeError } from './helpers.js'

const backends: [string, () => Backend][] = [
  ['with the BLAS that it finds', () => cpuBackend()],
  ['with WebAssembly alone', () => createCpuBackend({ blas: 'off' })],
]

const random = (backend: Backend, seed: number, shape: number[]): Promise<Tensor> =>
  toBackend(normal(key(seed), shape), backend)

/** x xᵀ of x [n, k]. */
const gram = (x: Tensor): Tensor => dotGeneral(x, x, { lhsContract: [1], rhsContract: [1] })

describe.each(backends)('large matrices on the CPU %s', (_, make) => {
  const backend = make()

  // Parallel LU recurses with a large frame a level: a call on too small a stack ends the process.
  test('a system of 1200 equations is solved', async () => {
    const a = await random(backend, 0, [1200, 1200])
    const b = await random(backend, 1, [1200, 3])
    expect(relativeError(matmul(a, solve(a, b)).dataSync(), b.dataSync())).toBeLessThan(1e-9)
  })

  test('a positive definite system of 900 equations is solved', async () => {
    const k = gram(await random(backend, 2, [900, 1000]))
    const b = await random(backend, 3, [900, 2])
    expect(relativeError(matmul(k, choleskySolve(k, b)).dataSync(), b.dataSync())).toBeLessThan(1e-9)
  })

  test('eigenvectors of a matrix of 200 are orthonormal and give the matrix back', async () => {
    const k = gram(await random(backend, 4, [200, 250]))
    const { values, vectors } = eigh(k)
    const product = dotGeneral(mul(vectors, values), vectors, { lhsContract: [1], rhsContract: [1] })
    expect(relativeError(product.dataSync(), k.dataSync())).toBeLessThan(1e-13)
    const identity = Float64Array.from({ length: 200 * 200 }, (_, i) => (i % 201 === 0 ? 1 : 0))
    expect(relativeError(gram(matrixTranspose(vectors)).dataSync(), identity)).toBeLessThan(1e-13)
  })
})

test('eigenvalues and eigenvectors, with their signs, are those of the other engine', async () => {
  const [a, b] = await Promise.all(
    backends.map(async ([, make]) => eigh(gram(await random(make(), 5, [60, 300])))),
  )
  expect(relativeError(a?.values.dataSync() ?? [], b?.values.dataSync() ?? [])).toBeLessThan(1e-13)
  expect(relativeError(a?.vectors.dataSync() ?? [], b?.vectors.dataSync() ?? [])).toBeLessThan(1e-10)
})
