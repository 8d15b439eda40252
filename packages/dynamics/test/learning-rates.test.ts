/** The edge of stability of every optimizer that has one, by stepping just below and just above it; and the critical rate of the theorem. */
import { chain, gradientDescent, momentum, type Optimizer, weightDecay } from '@ntk/optim'
import {
  eigh,
  key,
  matmul,
  mul,
  normal,
  permutation,
  sub,
  sum,
  type Tensor,
  take,
  tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import { criticalLearningRate, gradientDescentSteps, maxLearningRate } from '../src/index.js'
import { thrown } from './helpers.js'
import reference from './reference/learning-rates.json' with { type: 'json' }

const [n, k] = [4, 2]
const features = normal(key(3), [n, 7])
const theta = matmul(features, transpose(features))
const y = normal(key(4), [n, k])
const norm = (x: Tensor): number => Math.sqrt(sum(mul(x, x)).item())
const extremes = (a: Tensor): readonly [number, number] => {
  const values = eigh(a).values.dataSync()
  return [values[0] as number, values.at(-1) as number]
}

const optimizerOf = (rate: number, m: number, nesterov: boolean, decay: number): Optimizer => {
  const last = m === 0 ? gradientDescent(rate) : momentum(rate, m, { nesterov })
  return decay === 0 ? last : chain(weightDecay(decay), last)
}

/** How far the representer went in late steps: what is stable has come to rest. */
async function lateMove(optimizer: Optimizer, loss: 'mean' | 'sum', kernel: Tensor): Promise<number> {
  const predict = gradientDescentSteps(kernel, y, { optimizer, loss })
  const { representer } = await predict({ t: [300, 301] })
  const numbers = Array.from(representer.dataSync())
  const [before, after] = [numbers.slice(0, n * k), numbers.slice(n * k)]
  return Math.max(...before.map((v, i) => Math.abs(v - (after[i] as number)))) / norm(y)
}

describe('maxLearningRate is the edge of stability', () => {
  const kinds = [
    { name: 'gradient descent', m: 0, nesterov: false },
    { name: 'momentum 0.5', m: 0.5, nesterov: false },
    { name: 'momentum 0.9', m: 0.9, nesterov: false },
    { name: "Nesterov's 0.5", m: 0.5, nesterov: true },
    { name: "Nesterov's 0.9", m: 0.9, nesterov: true },
  ]
  it.each(
    kinds.flatMap((kind) =>
      (['mean', 'sum'] as const).flatMap((loss) => [0, 0.5].map((decay) => ({ ...kind, loss, decay }))),
    ),
  )('of $name on the loss $loss with decay $decay', async ({ m, nesterov, loss, decay }) => {
    const options = { momentum: m, nesterov, weightDecay: decay, ySize: loss === 'mean' ? y.size : undefined }
    const edge = maxLearningRate(theta, options)
    expect(await lateMove(optimizerOf(0.96 * edge, m, nesterov, decay), loss, theta)).toBeLessThan(1e-3)
    expect(await lateMove(optimizerOf(1.04 * edge, m, nesterov, decay), loss, theta)).toBeGreaterThan(10)
  })

  it('and goes as the inverse of the scale of the kernel, from 1e-200 to 1e200', () => {
    for (const nesterov of [false, true]) {
      const edge = maxLearningRate(theta, { momentum: 0.9, nesterov, ySize: 8 })
      const critical = criticalLearningRate(theta, { ySize: 8 })
      for (const scale of [1e-200, 1e-100, 1e100, 1e200]) {
        const scaled = mul(theta, scale)
        expect((maxLearningRate(scaled, { momentum: 0.9, nesterov, ySize: 8 }) * scale) / edge).toBeCloseTo(
          1,
          12,
        )
        expect((criticalLearningRate(scaled, { ySize: 8 }) * scale) / critical).toBeCloseTo(1, 12)
      }
    }
  })
})

describe('maxLearningRate agrees with the reference', () => {
  test.each(reference.cases)('$name', (c) => {
    const kernel = tensor(reference.kernels[c.k] as number[][])
    // the archived library takes the rows of the kernel's matrix where it is not told the size of y
    const rows = (kernel.shape[0] as number) * (kernel.shape[2] ?? 1)
    const rate = maxLearningRate(kernel, { ySize: c.ySize ?? rows, momentum: c.momentum })
    expect(rate / c.value).toBeCloseTo(1, 10)
  })
})

test("Nesterov's momentum on batches is stable at the rate for them, whatever is drawn", () => {
  const [samples, batchSize] = [10, 3]
  const x = normal(key(1), [samples, 14])
  const kernel = matmul(x, transpose(x))
  const solution = normal(key(2), [14, 1])
  const labels = matmul(x, solution)
  for (const m of [0.5, 0.9]) {
    const rate = maxLearningRate(kernel, { ySize: samples, momentum: m, nesterov: true, batchSize })
    expect(rate).toBeLessThan(maxLearningRate(kernel, { ySize: samples, momentum: m, batchSize }))
    let [w, v] = [zeros([14, 1]), zeros([14, 1])]
    let order: readonly number[] = []
    for (let step = 0; step < 500; step++) {
      if (order.length === 0) order = Array.from(permutation(key(step), samples).dataSync())
      const rows = tensor(order.slice(0, batchSize), { dtype: 'int32' })
      order = order.slice(batchSize)
      const seen = take(x, rows, 0)
      const error = sub(matmul(seen, w), take(labels, rows, 0))
      const push = mul(matmul(transpose(seen), error), rate / rows.size)
      v = sub(mul(v, m), push)
      w = sub(w, sub(push, mul(v, m)))
    }
    expect(norm(sub(w, solution))).toBeLessThan(norm(solution))
  }
})

describe('criticalLearningRate', () => {
  it('is 2 / (least + largest eigenvalue), by the kernel and by its eigenvalues', () => {
    const [least, most] = extremes(theta)
    expect(criticalLearningRate(theta) * (least + most)).toBeCloseTo(2, 12)
    expect(criticalLearningRate(eigh(theta).values)).toBeCloseTo(criticalLearningRate(theta), 14)
    expect(criticalLearningRate(theta, { ySize: 8 })).toBeCloseTo(8 * criticalLearningRate(theta), 12)
    expect(criticalLearningRate(theta)).toBeLessThan(maxLearningRate(theta))
  })

  it('is where the slowest error goes soonest: by (κ − 1) / (κ + 1) a step, and slower on both sides', async () => {
    const [least, most] = extremes(theta)
    const kappa = most / least
    const contraction = async (rate: number): Promise<number> => {
      const predict = gradientDescentSteps(theta, y, { optimizer: gradientDescent(rate), loss: 'sum' })
      const { train } = await predict({ t: [200, 220] })
      const [a, b] = [take(train, tensor(0, { dtype: 'int32' })), take(train, tensor(1, { dtype: 'int32' }))]
      return (norm(sub(b, y)) / norm(sub(a, y))) ** (1 / 20)
    }
    const critical = criticalLearningRate(theta)
    const best = await contraction(critical)
    expect(best).toBeCloseTo((kappa - 1) / (kappa + 1), 6)
    expect(await contraction(0.97 * critical)).toBeGreaterThan(best + 1e-3)
    expect(await contraction(1.03 * critical)).toBeGreaterThan(best + 1e-3)
  })

  it('takes singular kernels, and refuses those that are no kernels', () => {
    expect(
      criticalLearningRate(
        tensor([
          [1, 1],
          [1, 1],
        ]),
      ),
    ).toBeCloseTo(1, 14)
    expect(criticalLearningRate(tensor([0, 4]))).toBe(0.5)
    for (const wrong of [
      tensor([
        [1, 2],
        [2, 1],
      ]),
      tensor([-1, 3]),
    ]) {
      expect(thrown(() => criticalLearningRate(wrong)).code).toBe('not-positive-definite')
    }
    expect(thrown(() => criticalLearningRate(zeros([2, 2]))).code).toBe('value')
  })
})
