/** Rates by layer (Lee et al. 2019, Equation S37) and frozen layers: predicted by a sum of kernels, and trained. */
import { type Tree, treeLeaves } from '@ntk/autodiff'
import { empiricalNtkFn, empiricalNtkPartsFn } from '@ntk/kernels-empirical'
import {
  chain,
  gradientDescent,
  linearizedModel,
  momentum,
  scaleByPath,
  train,
  weightDecay,
} from '@ntk/optim'
import { Conv, Dense, Erf, Flatten, type Layer, serial } from '@ntk/stax'
import { key, mul, normal, slice, split, type Tensor } from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import {
  gradientDescentMse,
  gradientDescentSteps,
  kernelOfRates,
  linearizedWeights,
} from '../../src/index.js'
import { thrown, worst } from '../helpers.js'

const [n, m, k] = [7, 3, 2]
const [k1, k2, k3, k4] = split(key(31), 4)
const y = normal(k3, [n, k])

const networks: readonly {
  name: string
  net: Layer
  shape: readonly number[]
  rates: Readonly<Record<string, number>>
}[] = [
  {
    name: 'three dense layers, of which one is frozen',
    net: serial(Dense(10, { bStd: 0.3 }), Erf(), Dense(8), Erf(), Dense(k, { bStd: 0.1 })),
    shape: [4],
    rates: { '[0]': 0.3, '[2]': 0, '[4]': 1.7 },
  },
  {
    name: 'a convolution and its readout',
    net: serial(Conv(5, [3], { padding: 'SAME', bStd: 0.1 }), Erf(), Flatten(), Dense(k)),
    shape: [5, 2],
    rates: { '[0]': 2, '[3]': 0.25 },
  },
]

const layerOf = (path: string): string => path.replace(/\.[^.]*$/, '')
const distance = (a: Tree, b: Tree): number => {
  const others = treeLeaves(b) as Tensor[]
  return Math.max(...(treeLeaves(a) as Tensor[]).map((leaf, i) => worst(leaf, others[i] as Tensor)))
}

describe.each(networks)('of $name', ({ net, shape, rates }) => {
  const [x, xTest] = [normal(k1, [n, ...shape]), normal(k2, [m, ...shape])]
  const params = net.init(k4, [-1, ...shape]).params
  const { apply } = linearizedModel(net.apply, params)
  const parts = empiricalNtkPartsFn(net.apply)
  const rateAt = (path: string): number => rates[layerOf(path)] as number
  const kernels = async () => ({
    onTrain: kernelOfRates(await parts(x, null, params), rates),
    across: kernelOfRates(await parts(xTest, x, params), (part) => rates[part] as number),
  })
  const start = { fTrain0: net.apply(params, x), fTest0: net.apply(params, xTest) }

  it.each([
    { name: 'gradient descent', last: gradientDescent(0.2) },
    { name: 'momentum with decay', last: chain(weightDecay(0.1), momentum(0.05, 0.9)) },
  ])('outputs and weights are those of training by $name', async ({ last }) => {
    const { onTrain, across } = await kernels()
    const t = [0, 1, 2, 7, 20]
    const trained = await train({
      apply,
      params,
      x,
      y,
      optimizer: chain(scaleByPath(rateAt), last),
      decayFrom: last.decays === true ? params : undefined,
      steps: 20,
      at: t,
      outputs: true,
      evaluate: { test: { x: xTest, y: normal(k3, [m, k]) } },
    })
    const predicted = await gradientDescentSteps(onTrain, y, { optimizer: last })({
      t,
      kTestTrain: across,
      ...start,
    })
    for (const [i, { sets }] of trained.history.entries()) {
      expect(worst(sets.train?.outputs as Tensor, slice(predicted.train, i))).toBeLessThan(1e-10)
      expect(worst(sets.test?.outputs as Tensor, slice(predicted.test, i))).toBeLessThan(1e-10)
    }
    const end = slice(predicted.representer, t.length - 1)
    const weights = await linearizedWeights(net.apply, params, x, end, { rates: rateAt })
    expect(distance(weights.params, trained.params)).toBeLessThan(1e-10)
  })

  it('the flow by the same kernel is that of its weights', async () => {
    const { onTrain, across } = await kernels()
    const {
      train: onTrainSet,
      test: onTest,
      representer,
    } = gradientDescentMse(onTrain, y, { learningRate: 0.7 })({
      t: 40,
      kTestTrain: across,
      ...start,
    })
    const { params: now } = await linearizedWeights(net.apply, params, x, representer, { rates: rateAt })
    expect(worst(apply(now, x), onTrainSet)).toBeLessThan(1e-10)
    expect(worst(apply(now, xTest), onTest)).toBeLessThan(1e-10)
  })
})

test('rates of Equation S37 make the standard parameterization of the other', async () => {
  const [width, features] = [9, 4]
  const [wStd, bStd] = [1.4, 0.3]
  const netIn = (parameterization: 'ntk' | 'standard'): Layer => {
    const options = { wStd, bStd, parameterization }
    return serial(Dense(width, options), Erf(), Dense(k, options))
  }
  const [ntkNet, standardNet] = [netIn('ntk'), netIn('standard')]
  const x = normal(k1, [n, features])
  const ntkParams = ntkNet.init(k4, [-1, features]).params as readonly (Record<string, Tensor> | null)[]
  const fanIn: Readonly<Record<string, number>> = { '[0]': features, '[2]': width }
  // the same function: W = wStd ω / √n, b = bStd β
  const standardParams = ntkParams.map((layer, i) => {
    if (layer?.w === undefined || layer.b === undefined) return layer
    return { w: mul(layer.w, wStd / Math.sqrt(fanIn[`[${i}]`] as number)), b: mul(layer.b, bStd) }
  })
  expect(
    worst(ntkNet.apply(ntkParams as never, x), standardNet.apply(standardParams as never, x)),
  ).toBeLessThan(1e-14)

  // η_w = n η / wStd², η_b = η / bStd²: by the chain rule gradients in W are √n / wStd times those in ω
  const rateAt = (path: string): number =>
    path.endsWith('.b') ? 1 / bStd ** 2 : (fanIn[layerOf(path)] as number) / wStd ** 2
  const shared = { x, y, steps: 30, evaluateEvery: 5, outputs: true }
  const standard = await train({
    ...shared,
    apply: standardNet.apply,
    params: standardParams as never,
    optimizer: momentum(0.02, 0.9),
  })
  const byRates = await train({
    ...shared,
    apply: ntkNet.apply,
    params: ntkParams as never,
    optimizer: chain(scaleByPath(rateAt), momentum(0.02, 0.9)),
  })
  const gap = Math.max(
    ...byRates.history.map(({ sets }, i) =>
      worst(sets.train?.outputs as Tensor, standard.history[i]?.sets.train?.outputs as Tensor),
    ),
  )
  expect(gap).toBeLessThan(1e-10)

  // and the kernel of the one is the sum of parts of the other at these rates
  const parts = await empiricalNtkPartsFn(ntkNet.apply, { by: 'parameter' })(x, null, ntkParams as never)
  const kernel = await empiricalNtkFn(standardNet.apply)(x, null, standardParams as never)
  expect(worst(kernelOfRates(parts, rateAt), kernel)).toBeLessThan(1e-12 * Math.max(...kernel.dataSync()))
})

test('a rate for each part and none beside, each a number not below 0', () => {
  const part = normal(k1, [2, 2])
  const parts = { a: part, b: part }
  expect(thrown(() => kernelOfRates(parts, { a: 1 })).message).toMatch(/none for b/)
  expect(thrown(() => kernelOfRates(parts, { a: 1, b: 1, c: 1 })).message).toMatch(/one for c/)
  expect(thrown(() => kernelOfRates(parts, { a: 1, b: -1 })).code).toBe('value')
  expect(thrown(() => kernelOfRates(parts, () => Number.NaN)).code).toBe('value')
  expect(thrown(() => kernelOfRates({}, {})).code).toBe('value')
  expect(thrown(() => kernelOfRates({ a: part, b: normal(k1, [2, 3]) }, { a: 1, b: 1 })).code).toBe('shape')
  expect(worst(kernelOfRates(parts, { a: 2, b: 0 }), mul(part, 2))).toBe(0)
})

test('the recursion says where rates by layer go', () => {
  const optimizer = chain(
    scaleByPath(() => 2),
    gradientDescent(0.1),
  )
  const error = thrown(() => gradientDescentSteps(normal(k1, [1, 1]), normal(k2, [1, 1]), { optimizer }))
  expect(error.fix).toMatch(/kernelOfRates/)
})
