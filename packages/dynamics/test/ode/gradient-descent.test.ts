import { crossEntropy, mse } from '@ntk/optim'
import {
  abs,
  add,
  cast,
  exp,
  full,
  log,
  matmul,
  mean,
  mul,
  neg,
  softmax,
  square,
  stack,
  sub,
  sum,
  type Tensor,
  tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescent, gradientDescentMse } from '../../src/index.js'
import { close, reference, thrown, worst } from '../helpers.js'

const totalCrossEntropy = (f: Tensor, y: Tensor): Tensor => crossEntropy(f, y, { loss: 'sum' })
const one = tensor([[1]])

/**
 * One sample of two classes, Θ = λ: the margin m = f0 − f1 obeys ṁ = 2 λ / (1 + e^m), so that m + e^m − 1 = 2 λ t from m = 0. Solved by
 * Newton's method, below its end at early times and above it at late ones.
 */
function marginOf(time: number): number {
  let m = time < 1 ? time : Math.log(2 * time + 1)
  for (let i = 0; i < 60; i++) m -= (m + Math.expm1(m) - 2 * time) / (1 + Math.exp(m))
  return m
}

describe('cross-entropy of two points in closed form', () => {
  const margin = ({ train }: { train: Tensor }, row: number): number => {
    const f = train.dataSync()
    return Math.abs((f[2 * row] as number) - (f[2 * row + 1] as number))
  }
  // Two points of kernel [[1, c], [c, 1]] with labels of different classes: by symmetry each margin obeys ṁ = 2 (1 − c) / (1 + e^m).
  const two = tensor([
    [1, 0.3],
    [0.3, 1],
  ])
  const y = tensor([
    [1, 0],
    [0, 1],
  ])
  test.each([0, 1e-3, 1, 30, 1e4, 1e8, 1e14])('at t %s', (t) => {
    const predict = gradientDescent(totalCrossEntropy, two, y)
    const found = predict({ t })
    const want = marginOf(0.7 * t)
    for (const row of [0, 1])
      expect(Math.abs(margin(found, row) - want)).toBeLessThan(1e-8 * Math.max(want, 1e-6))
    // what one class gains the other loses
    expect(Math.abs(Number(sum(found.train).item()))).toBeLessThan(1e-9 * Math.max(1, want))
  })

  test.each([1e-150, 1e-8, 1e8, 1e150])('with a kernel of size %s', (scale) => {
    const predict = gradientDescent(totalCrossEntropy, mul(one, scale), tensor([[1, 0]]))
    for (const t of [1 / scale, 1]) {
      const want = marginOf(scale * t)
      expect(Math.abs(margin(predict({ t }), 0) - want)).toBeLessThan(1e-8 * want)
    }
  })

  test('labels may be integers, where outputs at the start say how many classes there are', () => {
    const labels = cast(tensor([0, 1]), 'int32')
    const predict = gradientDescent(totalCrossEntropy, two, labels)
    const want = gradientDescent(totalCrossEntropy, two, y)({ t: 5 })
    expect(worst(predict({ t: 5, fTrain0: zeros([2, 2]) }).train, want.train)).toBeLessThan(1e-13)
    expect(predict({ t: 5, fTrain0: zeros([2, 2], 'float32') }).train.dtype).toBe('float32')
    expect(thrown(() => predict({ t: 5 })).message).toMatch(/zeros\(\[2, classes\]\)/)
  })

  test('separable labels have no end, labels between 0 and 1 do', () => {
    expect(thrown(() => gradientDescent(totalCrossEntropy, two, y)()).code).toBe('diverged')
    const soft = tensor([
      [0.9, 0.1],
      [0.3, 0.7],
    ])
    for (const momentum of [null, 0.7]) {
      const { train } = gradientDescent(totalCrossEntropy, two, soft, { momentum })()
      expect(worst(softmax(train), soft)).toBeLessThan(1e-12)
    }
  })
})

const ntk = tensor(reference.ntkTrainTrain)
const kTestTrain = tensor(reference.ntkTestTrain)
const y = tensor(reference.y)
const oneHot = tensor(reference.yOneHot)
const start = { fTrain0: tensor(reference.f0Train), fTest0: tensor(reference.f0Test), kTestTrain }

describe('one course of training', () => {
  test.each([null, 0.9])('goes on from a state as if it had not stopped, with momentum %s', (momentum) => {
    const predict = gradientDescent(totalCrossEntropy, ntk, oneHot, { momentum, learningRate: 0.3 })
    const whole = predict({ t: [2, 5, 100], ...start })
    const { state } = predict({ t: 2, ...start })
    const rest = predict({ t: [3, 98], state, kTestTrain })
    close(rest.train, tensor((whole.train.toNested() as number[][][]).slice(1)), 1e-8, 1)
    close(rest.test, tensor((whole.test.toNested() as number[][][]).slice(1)), 1e-8, 1)
    close(rest.state.fTrain, whole.state.fTrain, 1e-8, 1)
    if (momentum !== null) close(rest.state.qTest ?? null, whole.state.qTest ?? tensor(0), 1e-8, 1e-2)
  })

  test('is the same by every method and by both ways to solve for a step', () => {
    const t = [1, 40, 1000]
    const [explicit, implicit] = (['dormandPrince', 'rodas'] as const).map((method) =>
      gradientDescent(totalCrossEntropy, ntk, oneHot, { method })({ t, ...start }),
    )
    if (!explicit || !implicit) throw new Error('two predictions were expected')
    close(explicit.train, implicit.train, 1e-8, 1)
    close(explicit.test, implicit.test, 1e-8, 1)
  })

  test('serves a loss that is no sum over samples', () => {
    // log of the sum of squares: Hessian in full
    const loss = (f: Tensor, labels: Tensor): Tensor => log(add(1, sum(square(sub(f, labels)))))
    const [explicit, implicit] = (['dormandPrince', 'rodas'] as const).map((method) =>
      gradientDescent(loss, ntk, y, { method })({ t: [0.5, 30], ...start }),
    )
    if (!explicit || !implicit) throw new Error('two predictions were expected')
    close(explicit.train, implicit.train, 1e-8, 1)
    const end = gradientDescent(loss, ntk, y)(start)
    close(end.test, gradientDescentMse(ntk, y)(start).test, 1e-9, 1)
  })

  test('of a kernel between outputs, or one averaged over an axis of them, is that of the whole kernel', () => {
    const labels = tensor([
      [
        [0.3, -1, 2],
        [1, 0.5, -0.2],
      ],
      [
        [0, 0.1, 0.7],
        [-0.4, 0.6, 1],
      ],
    ])
    const b = tensor([
      [2, 0.5, 0.1],
      [0.5, 1, -0.3],
      [0.1, -0.3, 1.5],
    ])
    const k = tensor([
      [1, 0.4],
      [0.4, 2],
    ])
    // Θ(s, a, o; s', a', o') = k(s, s') δ(a, a') b(o, o'), and b as that of three outputs, k as it is for the average over b
    const whole = (pairs: (i: number[], j: number[]) => number): Tensor => {
      const outputs = [0, 1].flatMap((a) => [0, 1, 2].map((o) => [a, o]))
      return tensor(
        [0, 1].map((s) =>
          [0, 1].map((r) => outputs.map((i) => outputs.map((j) => pairs([s, ...i], [r, ...j])))),
        ),
      )
    }
    const at = (x: Tensor, i: number, j: number): number => (x.toNested() as number[][])[i]?.[j] ?? Number.NaN
    const full6 = whole(
      ([s, a, o], [r, c, p]) => at(k, s ?? 0, r ?? 0) * (a === c ? 1 : 0) * at(b, o ?? 0, p ?? 0),
    )
    const byOutput = tensor(
      [0, 1].map((s) =>
        [0, 1].map((r) => [0, 1, 2].map((o) => [0, 1, 2].map((p) => at(k, s, r) * at(b, o, p)))),
      ),
    )
    const loss = (f: Tensor, l: Tensor): Tensor => mean(exp(square(sub(f, l))))
    const want = gradientDescent(loss, full6, labels)({ t: [0.1, 2], kTestTrain: full6 })
    for (const method of ['rodas', 'dormandPrince'] as const) {
      const got = gradientDescent(loss, byOutput, labels, { traceAxes: 1, method })({
        t: [0.1, 2],
        kTestTrain: byOutput,
      })
      close(got.train, want.train, 1e-9, 1)
      close(got.test, want.test, 1e-9, 1)
    }
    expect(thrown(() => gradientDescent(loss, byOutput, labels)).message).toMatch(/traceAxes/)
    expect(thrown(() => gradientDescent(loss, byOutput, labels, { traceAxes: 3 })).code).toBe('axis')
  })

  test('is computed in float64 and given in the dtype of y', () => {
    const [k32, y32] = [cast(ntk, 'float32'), cast(y, 'float32')]
    const got = gradientDescent(mse, k32, y32)({ t: 3 })
    expect(got.train.dtype).toBe('float32')
    expect(got.state.fTrain.dtype).toBe('float32')
    const want = gradientDescentMse(k32, y32)({ t: 3 })
    close(got.train, want.train, 1e-6, 1e-3)
  })
})

describe('kernels at the edge', () => {
  const twice = tensor([
    [1, 1, 0.2],
    [1, 1, 0.2],
    [0.2, 0.2, 1],
  ])
  const labels = tensor([[1], [0], [2]])

  test('a singular one moves what it can', () => {
    const predict = gradientDescent(mse, twice, labels, { momentum: 0.5 })
    const closed = gradientDescentMse(twice, labels, { momentum: 0.5 })
    for (const t of [3, 1e6, 1e20]) {
      close(predict({ t, kTestTrain: twice }).test, closed({ t, kTestTrain: twice }).test, 1e-8, 1)
    }
    expect(thrown(() => predict()).code).toBe('singular')
    close(predict({ singular: 'range' }).train, closed({ singular: 'range' }).train, 1e-10, 1)
    const rest = gradientDescent(mse, twice, labels)({ t: [1, Infinity], fTrain0: labels, singular: 'range' })
    expect(worst(rest.train, stack([labels, labels], 0))).toBe(0)
    const still = gradientDescent(
      mse,
      zeros([3, 3]),
      labels,
    )({ t: 5, fTrain0: labels, kTestTrain: zeros([1, 3]), fTest0: 4 })
    expect(worst(still.train, labels) + worst(still.test, full([1, 1], 4))).toBe(0)
  })

  test.each([1e-150, 1e150])('one of size %s is a matter of units', (scale) => {
    const regular = add(
      twice,
      tensor([
        [0.5, 0, 0],
        [0, 0.5, 0],
        [0, 0, 0.5],
      ]),
    )
    const want = gradientDescentMse(regular, labels)({ t: 4 })
    const got = gradientDescent(mse, mul(regular, scale), labels)({ t: 4 / scale })
    close(got.train, want.train, 1e-9, 1)
    close(gradientDescent(mse, mul(regular, scale), labels)().train, labels, 1e-11, 1)
    expect(gradientDescent(mse, mul(regular, scale), labels)({ t: 1 }).train.shape).toEqual([3, 1])
  })
})

describe('what cannot be predicted is an error by name', () => {
  const predict = gradientDescent(mse, ntk, y)
  const losses: readonly [string, (f: Tensor, l: Tensor) => unknown, string][] = [
    ['no scalar', (f, l) => square(sub(f, l)), 'shape'],
    ['no tensor', () => 3, 'value'],
    ['NaN at the start', (f) => mean(log(neg(square(f)))), 'not-finite'],
  ]
  test.each(losses)('a loss that is %s', (_, loss, code) => {
    expect(thrown(() => gradientDescent(loss as typeof mse, ntk, y)({ t: 1 })).code).toBe(code)
  })

  test('times, labels, starts and states that do not fit', () => {
    expect(thrown(() => predict({ t: -1 })).code).toBe('value')
    expect(thrown(() => predict({ t: Number.NaN })).code).toBe('value')
    expect(thrown(() => gradientDescent(mse, ntk, tensor([[1], [2]]))).code).toBe('shape')
    expect(thrown(() => gradientDescent(mse, ntk, mul(y, Number.NaN))).code).toBe('not-finite')
    expect(thrown(() => predict({ t: 1, fTrain0: zeros([8, 1]) })).code).toBe('shape')
    expect(thrown(() => predict({ t: 1, kTestTrain: transpose(kTestTrain) })).code).toBe('shape')
    expect(thrown(() => predict({ t: 1, fTest0: 1 })).code).toBe('option')
    const { state } = predict({ t: 1 })
    expect(thrown(() => predict({ t: 1, state, kTestTrain })).message).toMatch(/fTest/)
    expect(thrown(() => predict({ t: 1, state, fTrain0: 0 })).code).toBe('option')
    expect(thrown(() => predict({ t: 1, state: { ...state, qTrain: y } })).message).toMatch(/momentum/)
    expect(thrown(() => gradientDescent(mse, mul(ntk, -1), y)).code).toBe('not-positive-definite')
    expect(thrown(() => gradientDescent(mse, ntk, y, { learningRate: 1e300 })({ t: 1e300 })).code).toBe(
      'value',
    )
  })

  test('losses without lower bound, whose outputs blow up, at a time or for ever', () => {
    const cubic = (f: Tensor, l: Tensor): Tensor => neg(sum(mul(square(sub(f, l)), abs(sub(f, l)))))
    expect(thrown(() => gradientDescent(cubic, ntk, y)({ t: 100, ...start })).code).toBe('diverged')
    const linear = (f: Tensor): Tensor => sum(f)
    expect(thrown(() => gradientDescent(linear, ntk, y)()).code).toBe('diverged')
    const { train } = gradientDescent(linear, ntk, y)({ t: 2 })
    close(train, mul(matmul(ntk, full([8, 3], 1)), -2), 1e-12, 1)
  })

  test('a loss with kinks ends after maxSteps', () => {
    const kinks = (f: Tensor, l: Tensor): Tensor => sum(abs(sub(f, l)))
    const error = thrown(() => gradientDescent(kinks, ntk, y, { maxSteps: 300 })({ t: 100, ...start }))
    expect(error.code).toBe('no-convergence')
    expect(error.message).toMatch(/kinks/)
  })
})
