import {
  cholesky,
  cumSum,
  eigh,
  exp,
  key,
  matmul,
  normal,
  pad,
  scope,
  solve,
  sort,
  sum,
  type Tensor,
  take,
  tensor,
  toBackend,
  triangularSolve,
  windowMax,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { backendOf } from '../src/backend.js'
import { compiler } from './stand-in/compiler.js'
import { standIn } from './stand-in/index.js'

type Job = readonly [what: string, call: string, (square: Tensor, index: Tensor) => unknown]

const jobs: readonly Job[] = [
  ['elementwise work', 'cuLaunchKernel', (x) => exp(x).dataSync()],
  ['a sum', 'cuLaunchKernel', (x) => sum(x, { axis: 0 })],
  ['a cumulative sum', 'cuLaunchKernel', (x) => cumSum(x, 0)],
  ['a sort', 'cuLaunchKernel', (x) => sort(x, 0)],
  ['a maximum over windows', 'cuLaunchKernel', (x) => windowMax(x, { window: [2, 2] })],
  [
    'padding',
    'cuLaunchKernel',
    (x) =>
      pad(x, [
        [1, 1],
        [0, 2],
      ]).dataSync(),
  ],
  ['a gather', 'cuLaunchKernel', (x, index) => take(x, index)],
  ['a product', 'cublasDgemmStridedBatched', (x) => matmul(x, x)],
  ['a triangular solve', 'cublasDtrsm_v2', (x) => triangularSolve(x, x)],
  ['a factorization', 'cusolverDnDpotrf', (x) => cholesky(x)],
  ['a solve', 'cusolverDnDgetrs', (x) => solve(x, x)],
  ['a decomposition', 'cusolverDnDsyevd', (x) => eigh(x)],
]

describe.skipIf(compiler === null)('memory where a call of CUDA fails (skipped without a C compiler)', () => {
  it.each(jobs)('is all given back by %s', async (_, call, job) => {
    const cuda = standIn()
    const { backend } = backendOf(cuda.api, 0)
    const square = await toBackend(normal(key(0), [12, 12]), backend)
    const index = await toBackend(tensor([3, 1], { dtype: 'int32' }), backend)
    const before = cuda.held()
    cuda.fail(call, 1)
    const work = (): unknown => scope(() => void job(square, index))
    expect(work).toThrow(expect.objectContaining({ code: 'backend', what: expect.stringContaining('CUDA') }))
    expect(cuda.held()).toBe(before)
    square.dispose()
    index.dispose()
  })
})
