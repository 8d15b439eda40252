import { hyperparameters, type KernelNet, kernelFn, withHyperparameters } from '@ntk/kernels-analytic'
import {
  Conv,
  Dense,
  Dropout,
  Erf,
  FanInSum,
  FanOut,
  Flatten,
  Identity,
  parallel,
  Relu,
  serial,
} from '@ntk/stax'
import { add, cholesky, eye, key, matmul, mul, normal, reshape, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import type { Criterion } from '../src/choose/criterion.js'
import { kernelFamily } from '../src/choose/kernel-gradient.js'
import { objectiveOf } from '../src/choose/objective.js'
import { isStd, leavesOf, replaced } from '../src/choose/parameters.js'
import { kernelClassifier, kernelRegressor, leaveOneOut, logMarginalLikelihood } from '../src/index.js'
import { expectNear, refusal } from './support.js'

const std = (wStd: number, bStd: number): { wStd: number; bStd: number } => ({ wStd, bStd })
const branch = serial(Dense(1, std(1.2, 0.4)), Erf(), Dense(1, std(0.9, 0.2)))
const residual = serial(
  Dense(1, std(1.3, 0.3)),
  FanOut(2),
  parallel(Identity(), branch),
  FanInSum(),
  Relu(),
  Dense(1, std(1.1, 0.1)),
)
const convolutional = serial(
  Conv(1, [3, 3], { ...std(1.4, 0.2), padding: 'SAME' }),
  Relu(),
  Conv(1, [2, 2], std(1.2, 0.3)),
  Erf(),
  Flatten(),
  Dense(1, std(1.1, 0.5)),
)
const vectors = normal(key(0), [9, 4])
const images = normal(key(1), [7, 4, 4, 2])

type Likelihood = (k: Tensor, y: Tensor, noise: { diagReg: number }) => number
const likelihoods: { readonly [C in Criterion]: Likelihood } = {
  'marginal-likelihood': logMarginalLikelihood,
  'leave-one-out': (k, y, noise) => leaveOneOut(k, y, noise).logLikelihood,
}

describe.each([
  ['a residual', residual, vectors],
  ['a convolutional', convolutional, images],
] as const)('the gradient of %s network', (_name, net: KernelNet, x) => {
  const tree = hyperparameters(net)
  const leaves = leavesOf(tree).filter(isStd)
  const y = normal(key(2), [x.shape[0] as number, 2])

  test.each(['nngp', 'ntk'] as const)(
    'by %s agrees with differences in every number and in the noise',
    async (get) => {
      for (const by of ['marginal-likelihood', 'leave-one-out'] as const) {
        const family = kernelFamily(net, get, x, leaves, {})
        const objective = objectiveOf({ family, leaves, y, by, fixedNoise: null })
        const p = Float64Array.from([...leaves.map(({ value }) => Math.log(value)), Math.log(0.05)])
        /** By the exported functions, on the kernel of a network with other numbers. */
        const value = async (q: Float64Array): Promise<number> => {
          const numbers = new Map(leaves.map(({ path }, i) => [path, Math.exp(q[i] as number)]))
          const k = await kernelFn(withHyperparameters(net, replaced<number>(tree, numbers)))(x, null, {
            get,
          })
          return -likelihoods[by](k, y, { diagReg: Math.exp(q.at(-1) as number) }) / y.size
        }
        const { value: own, gradient } = await objective.evaluate(p)
        expect(own).toBeCloseTo(await value(p), 11)
        const h = 1e-4
        const differences: number[] = []
        for (let i = 0; i < p.length; i++) {
          const at = (move: number): Promise<number> => value(p.map((v, j) => (j === i ? v + move : v)))
          const [a, b, c, d] = [await at(2 * h), await at(h), await at(-h), await at(-2 * h)]
          differences.push((-a + 8 * b - 8 * c + d) / (12 * h))
        }
        expect(leaves.length).toBeGreaterThan(5)
        expectNear(gradient, differences, 1e-9)
      }
    },
  )
})

test('a network whose samples meet their own masks has the gradient of its kernel in one piece', async () => {
  const net = serial(Dense(1, std(1.3, 0.3)), Relu(), Dropout(0.7), Dense(1, std(1.1, 0.1)))
  const leaves = leavesOf(hyperparameters(net)).filter(isStd)
  expect(leaves.map(({ name }) => name)).toEqual(['wStd', 'bStd', 'wStd', 'bStd'])
  const y = normal(key(2), [9, 1])
  const family = kernelFamily(net, 'nngp', vectors, leaves, {})
  const objective = objectiveOf({ family, leaves, y, by: 'marginal-likelihood', fixedNoise: 0.1 })
  const p = Float64Array.from(leaves, ({ value }) => Math.log(value))
  const { gradient } = await objective.evaluate(p)
  const h = 1e-5
  const differences: number[] = []
  for (let i = 0; i < p.length; i++) {
    const at = async (move: number): Promise<number> =>
      (
        await objective.values(
          p.map((v, j) => (j === i ? v + move : v)),
          [0.1],
        )
      )[0] as number
    differences.push(((await at(h)) - (await at(-h))) / (2 * h))
  }
  expectNear(gradient, differences, 1e-8)
})

/** Samples and targets drawn from the process of a network with noise. */
async function drawn(net: KernelNet, n: number, diagReg: number): Promise<{ x: Tensor; y: Tensor }> {
  const x = normal(key(3), [n, 3])
  const k = await kernelFn(net)(x, null, { get: 'nngp' })
  let scale = 0
  for (let i = 0; i < n; i++) scale += (k.dataSync()[i * (n + 1)] as number) / n
  const root = cholesky(add(k, mul(eye(n), diagReg * scale)))
  return { x, y: reshape(matmul(root, normal(key(4), [n, 1])), [n]) }
}

describe.each(['marginal-likelihood', 'leave-one-out'] as const)('choosing by %s', (by) => {
  const truth = serial(Dense(1, std(2.5, 0.6)), Erf(), Dense(1, std(1.5, 0.1)))
  const start = serial(Dense(1, std(0.5, 0.1)), Erf(), Dense(1, std(0.5, 0.5)))

  test('finds numbers that are likelier than those that the data were drawn with', async () => {
    const { x, y } = await drawn(truth, 150, 0.02)
    const model = await kernelRegressor(start, { choose: by }).fit(x, y)
    const k = await kernelFn(truth)(x, null, { get: 'nngp' })
    const ofTruth = likelihoods[by](k, y, { diagReg: 0.02 }) / 150
    expect(model.chosen?.value).toBeGreaterThan(ofTruth)
    expect(model.chosen?.value).toBeGreaterThan((model.chosen?.start as number) + 0.05)
    expect(model.chosen?.diagReg).toBeGreaterThan(0.005)
    expect(model.chosen?.diagReg).toBeLessThan(0.06)
    if (by === 'marginal-likelihood') {
      expect(model.logMarginalLikelihood / 150).toBeCloseTo(model.chosen?.value as number, 9)
    }
  })

  test('restarts never do worse, and what is fixed stays', async () => {
    const { x, y } = await drawn(truth, 40, 0.02)
    const fixed = { by, fixed: ['bStd', 'diagReg'] } as const
    const one = await kernelRegressor(start, { choose: fixed, diagReg: 0.1 }).fit(x, y)
    const more = await kernelRegressor(start, {
      choose: { ...fixed, restarts: 2, key: key(0) },
      diagReg: 0.1,
    }).fit(x, y)
    expect(more.chosen?.value).toBeGreaterThanOrEqual((one.chosen?.value as number) - 1e-9)
    const numbers = leavesOf(one.chosen?.hyperparameters ?? [])
    expect(numbers.filter(({ name }) => name === 'bStd').map(({ value }) => value)).toEqual([0.1, 0.5])
    expect(one.chosen?.diagReg).toBe(0.1)
  })

  test('of a kernel function and of a kernel handed in it is the noise', async () => {
    const { x, y } = await drawn(truth, 60, 0.02)
    const f = kernelFn(truth)
    const byFunction = await kernelRegressor((a, b) => f(a, b, { get: 'nngp' }), { choose: by }).fit(x, y)
    const handed = await kernelRegressor('precomputed', { choose: by }).fit(
      await f(x, null, { get: 'nngp' }),
      y,
    )
    expect(byFunction.chosen?.hyperparameters).toBeNull()
    expect(handed.chosen?.diagReg).toBeCloseTo(byFunction.chosen?.diagReg as number, 9)
    const k = await f(x, null, { get: 'nngp' })
    const best = handed.chosen?.diagReg as number
    const value = likelihoods[by](k, y, { diagReg: best })
    for (const factor of [0.5, 0.9, 1.1, 2]) {
      expect(likelihoods[by](k, y, { diagReg: best * factor })).toBeLessThan(value)
    }
  })

  test('some samples stand for all, and bounds hold', async () => {
    const { x, y } = await drawn(truth, 150, 0.02)
    const bounds = { wStd: [0.4, 0.6], diagReg: [0.3, 0.5] } as const
    const { chosen } = await kernelRegressor(start, { choose: { by, samples: 50, bounds } }).fit(x, y)
    expect(chosen?.samples).toBe(50)
    const stds = leavesOf(chosen?.hyperparameters ?? []).filter(({ name }) => name === 'wStd')
    for (const { value } of stds) {
      expect(value).toBeGreaterThanOrEqual(0.4 - 1e-12)
      expect(value).toBeLessThanOrEqual(0.6 + 1e-12)
    }
    expect(chosen?.diagReg).toBeGreaterThanOrEqual(0.3 - 1e-12)
  })
})

test('classes are fitted with what was chosen', async () => {
  const labels = (await normal(key(5), [60]).data()).map((v: number) => (v > 0 ? 1 : 0))
  const x = normal(key(5), [60, 1])
  const net = serial(Dense(1, std(1, 0.1)), Erf(), Dense(1, std(1, 0.1)))
  const y = tensor(Int32Array.from(labels))
  const plain = await kernelClassifier(net, { diagReg: 1 }).fit(x, y)
  const model = await kernelClassifier(net, { choose: 'marginal-likelihood' }).fit(x, y)
  expect(model.logMarginalLikelihood).toBeGreaterThan(plain.logMarginalLikelihood)
})

test('names that nothing has, and restarts without a key, are refused', async () => {
  const fit = (choose: object): Promise<unknown> =>
    kernelRegressor(residual, { choose }).fit(vectors, normal(key(2), [9]))
  expect(await refusal(() => fit({ fixed: ['wStdd'] }))).toMatch(/^option: .*wStd, bStd.*"wStdd"/)
  expect(await refusal(() => fit({ bounds: { alpha: [1, 2] } }))).toMatch(/^option: .*"alpha"/)
  expect(await refusal(() => fit({ restarts: 2 }))).toMatch(/^option: .*key\(0\)/)
  expect(await refusal(() => fit({ bounds: { wStd: [2, 1] } }))).toMatch(/^option: .*the smaller first/)
  expect(await refusal(() => kernelRegressor(residual, { choose: 'marginal' as never }))).toMatch(
    /^option: .*choose/,
  )
})
