import {
  eigh,
  key,
  matmul,
  mul,
  normal,
  permutation,
  reshape,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  transpose,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { maxLearningRate } from '../src/index.js'
import { thrown } from './helpers.js'

const [n, batchSize] = [10, 3]
// Features of unequal size with a common direction, as those of images.
const features = mul(
  normal(key(1), [n, 14]),
  reshape(tensor(Array.from({ length: n }, (_, i) => 1 + i / 2)), [n, 1]),
)
const theta = matmul(features, transpose(features))

/** All lists of `size` numbers below `n`. */
function subsets(size: number, from = 0): number[][] {
  if (size === 0) return [[]]
  return Array.from({ length: n - from }, (_, i) => from + i).flatMap((first) =>
    subsets(size - 1, first + 1).map((rest) => [first, ...rest]),
  )
}

function largestOfRows(rows: readonly number[]): number {
  const chosen = take(features, tensor([...rows], { dtype: 'int32' }), 0)
  return Math.max(...eigh(matmul(chosen, transpose(chosen))).values.dataSync())
}

/** The distance of the parameters from a solution before and after steps of a linear model on ½ mean (f − y)² of each batch. */
function distances(rate: number, momentum: number, steps: number): { start: number; end: number } {
  // Labels that the model can have, by parameters of its own.
  const solution = normal(key(3), [14, 1])
  const labels = matmul(features, solution)
  let w: Tensor = mul(solution, 0)
  let v: Tensor = w
  const distance = (): number => Math.sqrt(sum(mul(sub(w, solution), sub(w, solution))).item())
  const start = distance()
  let order: readonly number[] = []
  for (let step = 0; step < steps; step++) {
    if (order.length === 0) order = Array.from(permutation(key(step), n).dataSync())
    const batch = tensor(order.slice(0, batchSize), { dtype: 'int32' })
    order = order.slice(batchSize)
    const x = take(features, batch, 0)
    const error = sub(matmul(x, w), take(labels, batch, 0))
    v = sub(mul(v, momentum), mul(matmul(transpose(x), error), rate / batch.size))
    w = sub(w, mul(v, -1))
  }
  return { start, end: distance() }
}

describe('the largest learning rate for batches', () => {
  it('is below the edge of the worst batch, and not far below', () => {
    // The last batch of an epoch has one sample.
    const worst = Math.max(
      ...subsets(batchSize).map((rows) => largestOfRows(rows) / batchSize),
      ...subsets(n % batchSize).map((rows) => largestOfRows(rows)),
    )
    const rate = maxLearningRate(theta, { ySize: n, batchSize })
    expect(rate).toBeLessThanOrEqual((2 / worst) * (1 + 1e-12))
    expect(rate).toBeGreaterThan(0.4 * (2 / worst))
    // By the total loss of a batch.
    const total = Math.max(...subsets(batchSize).map(largestOfRows))
    expect(maxLearningRate(theta, { batchSize })).toBeLessThanOrEqual((2 / total) * (1 + 1e-12))
    expect(maxLearningRate(theta, { batchSize })).toBeGreaterThan(0.4 * (2 / total))
  })

  it('is stable with and without momentum, where that of full batches is not', () => {
    for (const momentum of [0, 0.9]) {
      const half = maxLearningRate(theta, { ySize: n, momentum, batchSize }) / 2
      const { start, end } = distances(half, momentum, 600)
      expect(end).toBeLessThan(start)
    }
    const full = distances(maxLearningRate(theta, { ySize: n, momentum: 0.9 }) / 2, 0.9, 600)
    expect(full.end).toBeGreaterThan(1e3 * full.start)
  })

  it('is that of all samples where a batch holds them, and the same for equal outputs', () => {
    const options = { ySize: n, momentum: 0.5 }
    expect(maxLearningRate(theta, { ...options, batchSize: n })).toBe(maxLearningRate(theta, options))
    const eye2 = reshape(tensor([1, 0, 0, 1]), [1, 1, 2, 2])
    const outputs = mul(reshape(theta, [n, n, 1, 1]), eye2)
    expect(maxLearningRate(outputs, { ySize: 2 * n, batchSize })).toBeCloseTo(
      2 * maxLearningRate(theta, { ySize: n, batchSize }),
      12,
    )
  })

  it('needs the kernel', () => {
    expect(thrown(() => maxLearningRate(tensor([1, 2]), { batchSize: 1 })).code).toBe('shape')
  })
})
