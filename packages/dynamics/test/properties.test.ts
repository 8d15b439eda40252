import {
  add,
  eye,
  key,
  matmul,
  mul,
  normal,
  reshape,
  sub,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { gradientDescentMse, gradientDescentMseEnsemble, maxLearningRate } from '../src/index.js'
import { thrown, worst } from './helpers.js'

const gram = (seed: number, n: number, d = n + 3): Tensor => {
  const a = normal(key(seed), [n, d])
  return mul(matmul(a, transpose(a)), 1 / d)
}

describe('gradientDescentMse', () => {
  const [n, k, m] = [6, 2, 3]
  const x = normal(key(1), [n, 9])
  const xTest = normal(key(2), [m, 9])
  const theta = matmul(x, transpose(x))
  const cross = matmul(xTest, transpose(x))
  const y = normal(key(3), [n, k])
  const w0 = normal(key(4), [9, k])
  const [f0, g0] = [matmul(x, w0), matmul(xTest, w0)]

  it('follows gradient descent of a linear model step by step, with and without momentum', () => {
    const learningRate = 0.3 * maxLearningRate(theta, { ySize: y.size })
    for (const momentum of [0, 0.9]) {
      const predict = gradientDescentMse(theta, y, { learningRate, dynamics: 'steps', momentum })
      let [w, v] = [w0, zeros([9, k])]
      for (let step = 0; step <= 40; step++) {
        if (step % 8 === 0) {
          const { train, test } = predict({ t: step, fTrain0: f0, fTest0: g0, kTestTrain: cross })
          expect(worst(train, matmul(x, w))).toBeLessThan(1e-11)
          expect(worst(test, matmul(xTest, w))).toBeLessThan(1e-11)
        }
        const gradient = mul(matmul(transpose(x), sub(matmul(x, w), y)), 1 / y.size)
        v = sub(mul(v, momentum), mul(gradient, learningRate))
        w = add(w, v)
      }
    }
  })

  it('solves the flow: classical Runge-Kutta converges to it with order 4', () => {
    const rate = 0.5 / y.size
    const slope = (f: Tensor): Tensor => mul(matmul(theta, sub(f, y)), -rate)
    const integrate = (steps: number): Tensor => {
      const h = 4 / steps
      let f = f0
      for (let i = 0; i < steps; i++) {
        const k1 = slope(f)
        const k2 = slope(add(f, mul(k1, h / 2)))
        const k3 = slope(add(f, mul(k2, h / 2)))
        const k4 = slope(add(f, mul(k3, h)))
        f = add(f, mul(add(add(k1, mul(k2, 2)), add(mul(k3, 2), k4)), h / 6))
      }
      return f
    }
    const exact = gradientDescentMse(theta, y, { learningRate: 0.5 })({ t: 4, fTrain0: f0 }).train
    const [coarse, fine] = [worst(integrate(8), exact), worst(integrate(16), exact)]
    expect(Math.log2(coarse / fine)).toBeGreaterThan(3.6)
    expect(worst(integrate(400), exact)).toBeLessThan(1e-9)
  })

  it('takes small rates of many steps to the flow, with order 1', () => {
    const flow = gradientDescentMse(theta, y)({ t: 1, fTrain0: f0 }).train
    const error = (steps: number): number =>
      worst(
        gradientDescentMse(theta, y, { learningRate: 1 / steps, dynamics: 'steps' })({
          t: steps,
          fTrain0: f0,
        }).train,
        flow,
      )
    expect(Math.log2(error(64) / error(128))).toBeCloseTo(1, 1)
  })

  it('starts at the start, composes in time, and ends on the targets', () => {
    const predict = gradientDescentMse(theta, y, { learningRate: 2 })
    expect(worst(predict({ t: 0, fTrain0: f0 }).train, f0)).toBe(0)
    const half = predict({ t: 1.5, fTrain0: f0, fTest0: g0, kTestTrain: cross })
    const rest = predict({ t: 2, fTrain0: half.train, fTest0: half.test, kTestTrain: cross })
    const whole = predict({ t: 3.5, fTrain0: f0, fTest0: g0, kTestTrain: cross })
    expect(worst(rest.test, whole.test)).toBeLessThan(1e-12)
    expect(worst(predict({ t: Number.POSITIVE_INFINITY, fTrain0: f0 }).train, y)).toBeLessThan(1e-12)
  })

  it('gives a leading time axis to a list of times', () => {
    const predict = gradientDescentMse(theta, y)
    const { train, test } = predict({ t: [0, 1, 10], kTestTrain: cross })
    expect(train.shape).toEqual([3, n, k])
    expect(test.shape).toEqual([3, m, k])
    const one = predict({ t: 10, kTestTrain: cross })
    expect(Array.from(test.dataSync()).slice(-m * k)).toEqual(Array.from(one.test.dataSync()))
  })

  it('reads a kernel with output axes: a block-diagonal one is k separate kernels', () => {
    // Θ[i, j, a, b] = theta[i, j] δ_ab
    const full = mul(reshape(theta, [n, n, 1, 1]), reshape(eye(k), [1, 1, k, k]))
    const fullCross = mul(reshape(cross, [m, n, 1, 1]), reshape(eye(k), [1, 1, k, k]))
    const args = { t: 3, fTrain0: f0, fTest0: g0 }
    const expected = gradientDescentMse(theta, y)({ ...args, kTestTrain: cross })
    const actual = gradientDescentMse(full, y)({ ...args, kTestTrain: fullCross })
    expect(worst(actual.train, expected.train)).toBeLessThan(1e-12)
    expect(worst(actual.test, expected.test)).toBeLessThan(1e-12)
    expect(worst(actual.representer, expected.representer)).toBeLessThan(1e-12)
  })

  it("the total loss at rate 1/size is the mean loss at rate 1, and the dual coefficients give the weights' change", () => {
    const mean = gradientDescentMse(theta, y)({ t: 2, fTrain0: f0, fTest0: g0, kTestTrain: cross })
    const total = gradientDescentMse(theta, y, { learningRate: 1 / y.size, loss: 'sum' })({
      t: 2,
      fTrain0: f0,
    })
    expect(worst(mean.train, total.train)).toBeLessThan(1e-13)
    const w = add(w0, matmul(transpose(x), mean.representer))
    expect(worst(matmul(xTest, w), mean.test)).toBeLessThan(1e-12)
  })

  it('keeps finite times exact on a singular kernel and refuses its limit', () => {
    const twice = tensor([
      [1, 1],
      [1, 1],
    ])
    const predict = gradientDescentMse(twice, tensor([[1], [0]]))
    // the mean of the two outputs moves, their difference stays
    const { train } = predict({ t: 1e9, fTrain0: zeros([2, 1]) })
    expect(worst(train, tensor([[0.5], [0.5]]))).toBeLessThan(1e-6)
    const error = thrown(() => predict({ t: Number.POSITIVE_INFINITY }))
    expect(error.code).toBe('singular')
    expect(error.message).toContain('diagReg')
    expect(() =>
      gradientDescentMse(twice, tensor([[1], [0]]), { diagReg: 1e-6 })({ t: Number.POSITIVE_INFINITY }),
    ).not.toThrow()
  })

  it('names what is wrong with its input', () => {
    expect(thrown(() => gradientDescentMse(normal(key(0), [3, 4]), zeros([3, 1]))).code).toBe('shape')
    expect(thrown(() => gradientDescentMse(theta, zeros([n + 1, 1]))).message).toContain(`[${n}, ...]`)
    expect(thrown(() => gradientDescentMse(tensor([[Number.NaN]]), zeros([1, 1]))).code).toBe('not-finite')
    expect(thrown(() => gradientDescentMse(theta, y, { learningRate: -1 })).code).toBe('option')
    expect(thrown(() => gradientDescentMse(theta, y)({ t: -1 })).code).toBe('value')
    expect(thrown(() => gradientDescentMse(theta, y, { dynamics: 'steps' })({ t: 0.5 })).message).toContain(
      'flow',
    )
    expect(
      thrown(() => gradientDescentMse(theta, y)({ t: 1, kTestTrain: theta, fTest0: zeros([1, k]) })).code,
    ).toBe('shape')
    const steps = { dynamics: 'steps', learningRate: 2 * maxLearningRate(theta, { ySize: y.size }) } as const
    expect(
      thrown(() => gradientDescentMse(theta, y, steps)({ t: Number.POSITIVE_INFINITY })).message,
    ).toContain('maxLearningRate')
  })
})

describe('maxLearningRate', () => {
  it('is the inverse of the scale of the kernel', () => {
    const theta = gram(5, 12)
    const rate = maxLearningRate(theta)
    for (const s of [2 ** 660, 2 ** -660])
      expect((maxLearningRate(mul(theta, s)) * s) / rate).toBeCloseTo(1, 12)
    expect(maxLearningRate(mul(eye(3), 1e-200))).toBeCloseTo(2e200, -190)
  })

  it('is the edge of stability of gradient descent, with and without momentum', () => {
    const theta = gram(7, 5)
    const y = normal(key(8), [5, 1])
    for (const momentum of [0, 0.8]) {
      const edge = maxLearningRate(theta, { ySize: y.size, momentum })
      const size = (rate: number): number => {
        const { train } = gradientDescentMse(theta, y, { learningRate: rate, dynamics: 'steps', momentum })({
          t: 4000,
        })
        return worst(train, y)
      }
      expect(size(edge * 0.99)).toBeLessThan(1)
      expect(size(edge * 1.01)).toBeGreaterThan(10)
    }
  })

  it('finds the largest eigenvalue to ten digits, also of clustered and large kernels', () => {
    const n = 150
    const rotation = gram(3, n)
    const edge = (a: Tensor): number => 2 / maxLearningRate(a)
    expect(edge(mul(eye(n), 3))).toBeCloseTo(3, 10)
    // A + c I shifts every eigenvalue by c
    expect(edge(add(rotation, mul(eye(n), 2)))).toBeCloseTo(edge(rotation) + 2, 9)
    expect(
      edge(
        tensor([
          [2, 1],
          [1, 2],
        ]),
      ),
    ).toBeCloseTo(3, 12)
  })

  it('refuses what is not a kernel', () => {
    expect(thrown(() => maxLearningRate(zeros([0, 0]))).code).toBe('shape')
    expect(thrown(() => maxLearningRate(eye(2), { ySize: 0 })).code).toBe('option')
    expect(thrown(() => maxLearningRate(eye(2), { momentum: 1 })).code).toBe('option')
  })
})

describe('ensembles', () => {
  const [n, m] = [5, 4]
  const joint = { nngp: gram(11, n + m, 30), ntk: add(gram(11, n + m, 30), gram(12, n + m, 40)) }
  const block = (a: Tensor, r: readonly [number, number], c: readonly [number, number]): Tensor => {
    const rows = a.toNested() as number[][]
    return tensor(rows.slice(...r).map((row) => row.slice(...c)))
  }
  const pair = (
    r: readonly [number, number],
    c: readonly [number, number],
  ): { nngp: Tensor; ntk: Tensor } => ({
    nngp: block(joint.nngp, r, c),
    ntk: block(joint.ntk, r, c),
  })
  const [train, test] = [
    [0, n],
    [n, n + m],
  ] as const
  const kernels = { trainTrain: pair(train, train), testTrain: pair(test, train), testTest: pair(test, test) }
  const onTest = { kTestTrain: kernels.testTrain, nngpTestTest: kernels.testTest.nngp }
  const y = normal(key(13), [n, 2])

  it('is the distribution that sampled initial functions have after training', () => {
    const predict = gradientDescentMseEnsemble(kernels.trainTrain, y, { learningRate: 3 })
    const { mean, covariance } = predict({ get: 'ntk', t: 4, test: onTest })
    const flow = gradientDescentMse(kernels.trainTrain.ntk, y, { learningRate: 3 })
    // linear in f0: push the joint prior's square root through the dynamics instead of drawing samples
    const zero = flow({ t: 4, fTrain0: zeros([n, 2]), kTestTrain: kernels.testTrain.ntk }).test
    expect(worst(mean, zero)).toBeLessThan(1e-12)
    const columns = n + m
    const linear = gradientDescentMse(kernels.trainTrain.ntk, zeros([n, columns]), {
      learningRate: (3 * columns) / 2,
    })
    const unit = eye(columns).toNested() as number[][]
    const response = linear({
      t: 4,
      fTrain0: tensor(unit.slice(0, n)),
      fTest0: tensor(unit.slice(n)),
      kTestTrain: kernels.testTrain.ntk,
    }).test
    expect(worst(covariance, matmul(matmul(response, joint.nngp), transpose(response)))).toBeLessThan(1e-12)
  })

  it('has positive covariances that shrink with time when the readout alone is trained', () => {
    const predict = gradientDescentMseEnsemble(kernels.trainTrain, y)
    let last = Number.POSITIVE_INFINITY
    for (const t of [0, 1, 10, 100, Number.POSITIVE_INFINITY]) {
      const { covariance } = predict({ get: 'nngp', t, test: onTest })
      const diagonal = (covariance.toNested() as number[][]).map((row, i) => row[i] as number)
      expect(Math.min(...diagonal)).toBeGreaterThan(0)
      const total = diagonal.reduce((a, b) => a + b)
      expect(total).toBeLessThan(last)
      last = total
    }
  })
})
