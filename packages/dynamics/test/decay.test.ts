/** Weights that decay, to zero and to where they started, in the closed forms and step by step. */
import { jvp } from '@ntk/autodiff'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import {
  batchRows,
  chain,
  crossEntropy,
  gradientDescent,
  type Loss,
  linearizedModel,
  momentum,
  type Optimizer,
  train,
  weightDecay,
} from '@ntk/optim'
import { Dense, Erf, serial } from '@ntk/stax'
import {
  add,
  concatenate,
  eye,
  key,
  matmul,
  mul,
  normal,
  ones,
  slice,
  solve,
  sub,
  type Tensor,
  transpose,
  zeros,
} from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import { gradientDescentMse, gradientDescentSteps, type StepsLoss } from '../src/index.js'
import { close, thrown, worst } from './helpers.js'

const [n, m, k, features] = [7, 3, 2, 5]
const [x, xTest] = [normal(key(1), [n, features]), normal(key(2), [m, features])]
const [y, yTest] = [normal(key(3), [n, k]), normal(key(4), [m, k])]
const ways = ['start', 'zero'] as const

describe('the linearization of a network, trained with decay', () => {
  const net = serial(Dense(12), Erf(), Dense(k))
  const { params } = net.init(key(5), [-1, features])
  const linear = linearizedModel(net.apply, params)
  const tangent = (at: Tensor): Tensor => jvp((p: typeof params) => net.apply(p, at), [params], [params])[1]
  const steps = 12
  const everyStep = Array.from({ length: steps + 1 }, (_, i) => i)
  const optimizers: readonly (readonly [string, Optimizer])[] = [
    ['gradient descent', chain(weightDecay(0.3), gradientDescent(0.4))],
    ['momentum', chain(weightDecay(0.2), momentum(0.1, 0.9))],
    [
      "Nesterov's at a falling rate",
      chain(
        weightDecay(0.2),
        momentum((s) => 0.3 / (1 + s), 0.9, { nesterov: true }),
      ),
    ],
  ]
  const losses: readonly (readonly [string, StepsLoss & (Loss | 'mean'), number | undefined])[] = [
    ['the squared loss', 'mean', undefined],
    ['cross-entropy, on batches', (f, t) => crossEntropy(f, t), 3],
  ]
  const cases = optimizers.flatMap(([how, optimizer]) =>
    losses.flatMap(([loss, fn, batchSize]) =>
      ways.map((to) => [how, loss, to, optimizer, fn, batchSize] as const),
    ),
  )
  test.each(cases)(
    'by %s on %s to %s is step by step as predicted',
    async (_, __, to, optimizer, loss, batchSize) => {
      const ntk = empiricalNtkFn(net.apply)
      const { history } = await train({
        apply: linear.apply,
        params,
        x,
        y,
        loss,
        optimizer,
        decayFrom: to === 'start' ? params : undefined,
        steps,
        at: everyStep,
        outputs: true,
        evaluate: { test: { x: xTest, y: yTest } },
        ...(batchSize === undefined ? {} : { batchSize, key: key(6) }),
      })
      const predict = gradientDescentSteps((await ntk(x, null, params)) as Tensor, y, {
        optimizer,
        decayTo: to,
        loss,
        traceAxes: [],
        batches: batchSize === undefined ? undefined : batchRows(n, { batchSize, key: key(6) }),
      })
      const common = {
        fTrain0: net.apply(params, x),
        fTest0: net.apply(params, xTest),
        kTestTrain: (await ntk(xTest, x, params)) as Tensor,
        ...(to === 'zero' ? { tangentTrain0: tangent(x), tangentTest0: tangent(xTest) } : {}),
      }
      const found = await predict({ t: everyStep, ...common })
      history.forEach(({ sets }, i) => {
        expect(worst(sets.train?.outputs as Tensor, slice(found.train, i))).toBeLessThan(1e-10)
        expect(worst(sets.test?.outputs as Tensor, slice(found.test, i))).toBeLessThan(1e-10)
      })
      // one stop on the way changes nothing
      const { state } = await predict({ t: 5, ...common })
      const later = await predict({ t: steps, ...common, start: state })
      expect(worst(later.test, slice(found.test, steps))).toBe(0)
      const other = gradientDescentSteps((await ntk(x, null, params)) as Tensor, y, {
        optimizer,
        decayTo: to === 'zero' ? 'start' : 'zero',
        loss,
        traceAxes: [],
      })
      const given = to === 'zero' ? {} : { tangentTrain0: tangent(x) }
      await expect(other({ t: steps, fTrain0: common.fTrain0, ...given, start: state })).rejects.toThrow(
        /decayTo/,
      )
    },
  )
})

// A model linear in weights w0 [features, k], with a kernel of rank 5 of 7: f = x w, and J(x) w0 = x w0.
const w0 = normal(key(7), [features, k])
const kernel = matmul(x, transpose(x))
const kTestTrain = matmul(xTest, transpose(x))
const starts = { fTrain0: matmul(x, w0), fTest0: matmul(xTest, w0), kTestTrain }
const tangents = { tangentTrain0: starts.fTrain0, tangentTest0: starts.fTest0 }
const inputFor = (to: 'start' | 'zero'): typeof starts =>
  to === 'zero' ? { ...starts, ...tangents } : starts
const size = n * k

describe('in closed form', () => {
  test.each([
    ['start', 'sum', null],
    ['start', 'sum', 0.8],
    ['start', 'mean', null],
    ['zero', 'mean', null],
    ['zero', 'sum', null],
  ] as const)(
    'a flow to %s, loss %s, momentum %s, is that of more samples, which are the decay',
    (to, loss, mass) => {
      // ½ d ‖θ − c‖² is the squared loss of the samples √(N d) I with the labels √(N d) c
      const decay = 0.05
      const scale = loss === 'mean' ? size : 1
      const root = Math.sqrt(scale * decay)
      const more = concatenate([x, mul(root, eye(features))], 0)
      const labels = concatenate([y, to === 'zero' ? zeros([features, k]) : mul(root, w0)], 0)
      const augmented = gradientDescentMse(matmul(more, transpose(more)), labels, {
        loss: 'sum',
        learningRate: 0.3 / scale,
        momentum: mass,
      })
      const predict = gradientDescentMse(kernel, y, {
        learningRate: 0.3,
        loss,
        momentum: mass,
        weightDecay: decay,
        decayTo: to,
      })
      for (const t of [0, 0.1, 3, 40, 1000]) {
        const want = augmented({
          t,
          fTrain0: matmul(more, w0),
          fTest0: starts.fTest0,
          kTestTrain: matmul(xTest, transpose(more)),
        })
        const got = predict({ t, ...inputFor(to) })
        close(got.train, slice(want.train, [0, n]), 1e-10, 1)
        close(got.test, want.test, 1e-10, 1)
      }
      // the end is ridge regression about c
      const c = to === 'zero' ? zeros([features, k]) : w0
      const gram = add(matmul(transpose(x), x), mul(scale * decay, eye(features)))
      const ridge = add(c, solve(gram, matmul(transpose(x), sub(y, matmul(x, c)))))
      const end = predict({ t: [1e12, Infinity], ...inputFor(to) })
      for (const i of [0, 1]) close(slice(end.test, i), matmul(xTest, ridge), 1e-10, 1)
    },
  )

  test.each(ways.flatMap((to) => [null, 0.9].map((mass) => [to, mass] as const)))(
    'steps to %s with momentum %s are those of the recursion, and of late ones the end',
    async (to, mass) => {
      for (const loss of ['mean', 'sum'] as const) {
        const [rate, decay] = [loss === 'mean' ? 0.5 : 0.04, 0.02]
        const optimizer = chain(
          weightDecay(decay),
          mass === null ? gradientDescent(rate) : momentum(rate, mass),
        )
        const t = [0, 1, 2, 7, 100]
        const recursion = gradientDescentSteps(kernel, y, { optimizer, loss, decayTo: to })
        const want = await recursion({ t, ...inputFor(to) })
        const predict = gradientDescentMse(kernel, y, {
          learningRate: rate,
          loss,
          momentum: mass,
          dynamics: 'steps',
          weightDecay: decay,
          decayTo: to,
        })
        const got = predict({ t, ...inputFor(to) })
        close(got.train, want.train, 1e-10, 1)
        close(got.test, want.test, 1e-10, 1)
        const weights = (a: Tensor, i: number): Tensor => matmul(transpose(x), slice(a, i))
        t.forEach((_, i) => close(weights(got.representer, i), weights(want.representer, i), 1e-10, 1))
        const late = predict({ t: [1e5, Infinity], ...inputFor(to) })
        expect(worst(slice(late.test, 0), slice(late.test, 1))).toBeLessThan(1e-10)
      }
    },
  )

  test('steps to zero that leave the range of numbers are an error that names them', () => {
    // 1 − η d = −2: what J θ_0 loses grows like t 2^t where the kernel is 0, and leaves it before 2^t does.
    const predict = gradientDescentMse(mul(eye(1), 1e-30), ones([1, 1]), {
      loss: 'sum',
      dynamics: 'steps',
      weightDecay: 3,
      decayTo: 'zero',
    })
    const tangentTrain0 = ones([1, 1])
    expect(Number.isFinite(predict({ t: 1000, tangentTrain0 }).train.dataSync()[0])).toBe(true)
    const error = thrown(() => predict({ t: 1023, tangentTrain0 }))
    expect(error.code).toBe('diverged')
    expect(error.message).toMatch(/1023 steps/)
  })

  test('decay of 0 changes nothing, and what does not fit is refused by name', () => {
    const plain = gradientDescentMse(kernel, y)({ t: 3, ...starts })
    for (const decayTo of ways) {
      const got = gradientDescentMse(kernel, y, { weightDecay: 0, decayTo })({ t: 3, ...inputFor(decayTo) })
      close(got.test, plain.test, 1e-13, 1)
    }
    const toZero = gradientDescentMse(kernel, y, { weightDecay: 0.1, decayTo: 'zero' })
    expect(thrown(() => toZero({ t: 1, ...starts })).message).toMatch(/tangentTrain0/)
    expect(thrown(() => toZero({ t: 1, ...starts, tangentTrain0: y })).message).toMatch(/tangentTest0/)
    expect(thrown(() => toZero({ t: 1, tangentTrain0: yTest })).code).toBe('shape')
    expect(thrown(() => gradientDescentMse(kernel, y)({ t: 1, tangentTrain0: y })).code).toBe('option')
    const heavy = { weightDecay: 0.1, decayTo: 'zero', momentum: 0.5 } as const
    expect(thrown(() => gradientDescentMse(kernel, y, heavy)).code).toBe('unsupported')
    expect(
      gradientDescentMse(kernel, y, { ...heavy, dynamics: 'steps' })({ t: 1, ...inputFor('zero') }).test
        .shape,
    ).toEqual([m, k])
  })
})
