/** The recursion of outputs beside training itself: of a linear model, and of the linearization of a network. */
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import {
  batchRows,
  chain,
  crossEntropy,
  gradientDescent,
  heavyBall,
  type Loss,
  linearizedModel,
  linearSchedule,
  momentum,
  mse,
  type Optimizer,
  scale,
  train,
  weightDecay,
} from '@ntk/optim'
import { Conv, Dense, Erf, Flatten, type Layer, Relu, serial } from '@ntk/stax'
import {
  abs,
  cast,
  key,
  logSoftmax,
  matmul,
  mean,
  mul,
  normal,
  slice,
  split,
  sub,
  type Tensor,
  tensor,
  transpose,
} from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import { gradientDescentMse, gradientDescentSteps, type StepsLoss } from '../../src/index.js'
import { worst } from '../helpers.js'

const [n, m, k] = [9, 4, 2]
const steps = 12
const everyStep = Array.from({ length: steps + 1 }, (_, i) => i)
const [k1, k2, k3, k4] = split(key(11), 4)
const [x, xTest] = [normal(k1, [n, 5]), normal(k2, [m, 5])]
const y = normal(k3, [n, k])
const yTest = normal(k3, [m, k])

const optimizers: readonly Optimizer[] = [
  gradientDescent(0.4),
  gradientDescent(linearSchedule(0.05, { endValue: 0.5, transitionSteps: 10 })),
  momentum(0.15, 0.9),
  momentum(0.1, 0.8, { nesterov: true }),
  momentum((step) => 0.2 / (1 + step), 0.7, { nesterov: true }),
  chain(weightDecay(0.3), gradientDescent(0.4)),
  chain(weightDecay(0.2), momentum(0.1, 0.9)),
  chain(weightDecay(0.2), momentum(0.1, 0.9, { nesterov: true })),
  chain(
    heavyBall(0.5),
    weightDecay(0.1),
    scale((step) => -0.1 / (1 + step / 5)),
  ),
]

/** Not squared, and not symmetric in outputs and targets. */
const scaledDistance: Loss = (f, t) => mean(abs(sub(mul(f, 1.5), t)))
const losses: readonly {
  readonly name: string
  readonly loss: StepsLoss & (Loss | 'mean' | 'sum')
  readonly rate: number
}[] = [
  { name: 'sum', loss: 'sum', rate: 1 / (n * k) },
  { name: 'mse without half', loss: (f, t) => mse(f, t, { half: false }), rate: 1 },
  { name: 'cross-entropy', loss: (f, t) => crossEntropy(f, t), rate: 1 },
  { name: 'absolute', loss: scaledDistance, rate: 0.3 },
]

/** The largest difference of the outputs of training and of the recursion, over all steps and both sets. */
async function gap(
  model: {
    readonly apply: (p: never, x: Tensor) => Tensor
    readonly params: object | Tensor
    readonly x: Tensor
    readonly xTest: Tensor
  },
  kernels: { readonly train: Tensor; readonly test: Tensor },
  optimizer: Optimizer,
  loss: StepsLoss & (Loss | 'mean' | 'sum'),
  batchSize?: number,
): Promise<number> {
  const params = model.params as Tensor
  const apply = model.apply as (p: Tensor, x: Tensor) => Tensor
  const { history } = await train({
    apply,
    params,
    x: model.x,
    y,
    loss,
    optimizer,
    decayFrom: optimizer.decays === true ? params : undefined,
    steps,
    at: everyStep,
    outputs: true,
    evaluate: { test: { x: model.xTest, y: yTest } },
    ...(batchSize === undefined ? {} : { batchSize, key: key(5) }),
  })
  const predict = gradientDescentSteps(kernels.train, y, {
    optimizer,
    loss,
    batches: batchSize === undefined ? undefined : batchRows(n, { batchSize, key: key(5) }),
  })
  const predicted = await predict({
    t: everyStep,
    fTrain0: apply(params, model.x),
    fTest0: apply(params, model.xTest),
    kTestTrain: kernels.test,
  })
  expect(history.length).toBe(steps + 1)
  return Math.max(
    ...history.flatMap(({ sets }, i) => [
      worst(sets.train?.outputs as Tensor, slice(predicted.train, i)),
      worst(sets.test?.outputs as Tensor, slice(predicted.test, i)),
    ]),
  )
}

describe('a linear model', () => {
  const model = { apply: (w: Tensor, rows: Tensor) => matmul(rows, w), params: normal(k4, [5, k]), x, xTest }
  const kernels = { train: matmul(x, transpose(x)), test: matmul(xTest, transpose(x)) }

  it.each(optimizers.map((o) => ({ o, name: o.name })))(
    'by $name, on all samples and on batches',
    async ({ o }) => {
      expect(await gap(model, kernels, o, 'mean')).toBeLessThan(1e-10)
      expect(await gap(model, kernels, o, 'mean', 4)).toBeLessThan(1e-10)
    },
  )

  it.each(losses)('on the loss "$name"', async ({ loss, rate }) => {
    const optimizer = chain(weightDecay(0.2), scale(rate), momentum(0.1, 0.9, { nesterov: true }))
    expect(await gap(model, kernels, optimizer, loss)).toBeLessThan(1e-10)
    expect(await gap(model, kernels, optimizer, loss, 4)).toBeLessThan(1e-10)
  })
})

const networks: readonly { name: string; net: Layer; shape: readonly number[] }[] = [
  {
    name: 'two hidden layers',
    net: serial(Dense(12, { bStd: 0.1 }), Erf(), Dense(10), Relu(), Dense(k)),
    shape: [5],
  },
  {
    name: 'a convolution',
    net: serial(Conv(4, [3], { padding: 'SAME' }), Erf(), Flatten(), Dense(k, { bStd: 0.2 })),
    shape: [6, 2],
  },
]

describe.each(networks)('the linearization of a network of $name', ({ net, shape }) => {
  const inputs = normal(k1, [n, ...shape])
  const others = normal(k2, [m, ...shape])
  const params = net.init(k4, [-1, ...shape]).params
  const { apply } = linearizedModel(net.apply, params)
  const model = { apply: apply as never, params: params as object, x: inputs, xTest: others }

  it.each(optimizers.map((o) => ({ o, name: o.name })))(
    'by $name, on the mean and on cross-entropy',
    async ({ o }) => {
      const ntk = empiricalNtkFn(net.apply)
      const kernels = { train: await ntk(inputs, null, params), test: await ntk(others, inputs, params) }
      expect(await gap(model, kernels, o, 'mean')).toBeLessThan(1e-10)
      expect(await gap(model, kernels, o, 'mean', 4)).toBeLessThan(1e-10)
      expect(await gap(model, kernels, o, (f, t) => crossEntropy(f, t), 4)).toBeLessThan(1e-10)
    },
  )
})

test('on the squared loss it is the closed form of steps', async () => {
  const theta = matmul(x, transpose(x))
  const across = matmul(xTest, transpose(x))
  for (const mass of [0, 0.7]) {
    const options = { learningRate: 0.3, momentum: mass, diagReg: 0.05 }
    const closed = gradientDescentMse(theta, y, { ...options, dynamics: 'steps' })({
      t: [3, 40],
      kTestTrain: across,
      fTest0: 0.5,
    })
    const optimizer = momentum(0.3, mass)
    const found = await gradientDescentSteps(theta, y, { optimizer, diagReg: 0.05 })({
      t: [3, 40],
      kTestTrain: across,
      fTest0: 0.5,
    })
    for (const name of ['train', 'test', 'representer'] as const) {
      expect(worst(found[name], closed[name])).toBeLessThan(1e-12)
    }
  }
})

test('labels of integers are the one-hot targets', async () => {
  const theta = matmul(x, transpose(x))
  const classes = tensor(
    Array.from({ length: n }, (_, i) => i % 3),
    { dtype: 'int32' },
  )
  const oneHot = tensor(Array.from({ length: n }, (_, i) => [0, 1, 2].map((c) => (i % 3 === c ? 1 : 0))))
  const options = {
    optimizer: gradientDescent(0.5),
    loss: (f: Tensor, t: Tensor) => crossEntropy(f, t),
    batches: batchRows(n, { batchSize: 4, key: key(1) }),
  }
  const input = { t: 12, fTrain0: normal(k4, [n, 3]) }
  const byLabels = await gradientDescentSteps(theta, classes, options)(input)
  const byVectors = await gradientDescentSteps(theta, oneHot, options)(input)
  expect(worst(byLabels.train, byVectors.train)).toBeLessThan(1e-14)
  expect(Math.max(...logSoftmax(byLabels.train).dataSync())).toBeLessThan(0)
  expect(cast(byLabels.train, 'float64').shape).toEqual([n, 3])
})
