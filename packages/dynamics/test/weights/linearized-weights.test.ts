/** Weights of linearized networks in training beside what is predicted in their outputs, and beside training itself. */
import { type Tree, treeLeaves, treeMap } from '@ntk/autodiff'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { batchRows, linearizedModel, momentum, train } from '@ntk/optim'
import { Conv, Dense, Erf, Flatten, type Layer, LayerNorm, Relu, serial } from '@ntk/stax'
import { cast, key, mean, NtkError, normal, slice, split, sub, type Tensor } from '@ntk/tensor'
import { describe, expect, it, test } from 'vitest'
import {
  gradientDescentMse,
  gradientDescentSteps,
  linearizedWeights,
  maxLearningRate,
} from '../../src/index.js'
import { worst } from '../helpers.js'

const [n, m, k] = [8, 3, 2]
const [k1, k2, k3, k4] = split(key(21), 4)
const y = normal(k3, [n, k])

const networks: readonly { name: string; net: Layer; shape: readonly number[] }[] = [
  {
    name: 'three dense layers',
    net: serial(Dense(16, { bStd: 0.1 }), Erf(), Dense(12), LayerNorm(), Relu(), Dense(k, { bStd: 0.2 })),
    shape: [5],
  },
  {
    name: 'a convolution, in the standard parameterization',
    net: serial(Conv(6, [3], { padding: 'SAME', parameterization: 'standard' }), Relu(), Flatten(), Dense(k)),
    shape: [6, 2],
  },
]

const distance = (a: Tree, b: Tree): number => {
  const others = treeLeaves(b) as Tensor[]
  return Math.max(...(treeLeaves(a) as Tensor[]).map((leaf, i) => worst(leaf, others[i] as Tensor)))
}

/** The entry of every leaf at a time. */
const at = <P extends Tree>(tree: P, i: number): P => treeMap((leaf: Tensor) => slice(leaf, i), tree)

describe.each(networks)('of $name', ({ net, shape }) => {
  const [x, xTest] = [normal(k1, [n, ...shape]), normal(k2, [m, ...shape])]
  const params = net.init(k4, [-1, ...shape]).params
  const { apply } = linearizedModel(net.apply, params)
  const ntk = empiricalNtkFn(net.apply)
  const start = { fTrain0: net.apply(params, x), fTest0: net.apply(params, xTest) }

  it.each(['flow', 'steps'] as const)(
    'its outputs are those predicted, in the %s, at any time and at the end',
    async (dynamics) => {
      const kernel = await ntk(x, null, params)
      const kTestTrain = await ntk(xTest, x, params)
      const t = [0, 1, 30, 1000, Infinity]
      const learningRate = 0.9 * maxLearningRate(kernel, { ySize: y.size })
      const predict = gradientDescentMse(kernel, y, { dynamics, learningRate })
      const { representer, train: onTrain, test: onTest } = predict({ t, kTestTrain, ...start })
      const weights = await linearizedWeights(net.apply, params, x, representer)
      for (const i of t.keys()) {
        const now = at(weights.params, i)
        expect(worst(apply(now, x), slice(onTrain, i))).toBeLessThan(1e-10)
        expect(worst(apply(now, xTest), slice(onTest, i))).toBeLessThan(1e-10)
        const single = await linearizedWeights(net.apply, params, x, slice(representer, i), { chunk: 3 })
        expect(distance(single.params, now)).toBeLessThan(1e-12)
        expect(
          distance(
            treeMap((p: Tensor, p0: Tensor) => sub(p, p0), now, params),
            at(weights.omega, i),
          ),
        ).toBeLessThan(1e-14)
      }
      // The end of training is on the targets.
      expect(worst(apply(at(weights.params, t.length - 1), x), y)).toBeLessThan(1e-8)
    },
  )

  it('they are the weights that training comes to, on batches with momentum', async () => {
    const optimizer = momentum(0.05, 0.9, { nesterov: true })
    const trained = await train({ apply, params, x, y, optimizer, steps: 20, batchSize: 3, key: key(1) })
    const batches = batchRows(n, { batchSize: 3, key: key(1) })
    const predict = gradientDescentSteps(await ntk(x, null, params), y, { optimizer, batches })
    const { representer } = await predict({ t: 20, fTrain0: start.fTrain0 })
    const weights = await linearizedWeights(net.apply, params, x, representer)
    expect(distance(weights.params, trained.params)).toBeLessThan(1e-10)
  })
})

describe('in chunks', () => {
  const net = serial(Dense(6), Erf(), Dense(k))
  const x = normal(k1, [n, 4])
  const params = net.init(k4, [-1, 4]).params
  const representer = normal(k2, [n, k])
  /** Outputs less their mean over the rows. */
  const centred = (p: typeof params, rows: Tensor): Tensor => {
    const f = net.apply(p, rows)
    return sub(f, mean(f, { axis: 0, keepDims: true }))
  }

  it('a network that mixes rows is derived at once, and refused in chunks', async () => {
    const whole = await linearizedWeights(centred, params, x, representer)
    // Jᵀ of the centred network is that of the network on the centred representer.
    const shifted = sub(representer, mean(representer, { axis: 0, keepDims: true }))
    expect(
      distance(whole.omega, (await linearizedWeights(net.apply, params, x, shifted)).omega),
    ).toBeLessThan(1e-13)
    const error = await linearizedWeights(centred, params, x, representer, { chunk: 3 }).catch(
      (e: unknown) => e,
    )
    expect(NtkError.isInstance(error) && error.code).toBe('unsupported')
  })

  it('without a chunk a large set that mixes rows is still derived at once', async () => {
    const many = normal(k1, [300, 4])
    const a = normal(k2, [300, k])
    const shifted = sub(a, mean(a, { axis: 0, keepDims: true }))
    const whole = await linearizedWeights(centred, params, many, a)
    expect(
      distance(whole.omega, (await linearizedWeights(net.apply, params, many, shifted)).omega),
    ).toBeLessThan(1e-12)
  })

  it('tells how many samples are done, and stops', async () => {
    const seen: number[] = []
    await linearizedWeights(net.apply, params, x, representer, {
      chunk: 3,
      onProgress: ({ done }) => seen.push(done),
    })
    expect(seen).toEqual([3, 6, 8])
    const controller = new AbortController()
    const stopped = linearizedWeights(net.apply, params, x, representer, {
      chunk: 3,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    })
    const error = await stopped.catch((e: unknown) => e)
    expect(NtkError.isInstance(error) && error.got).toBe('3 of 8 samples')
  })

  it('parameters in float32 give weights in float32', async () => {
    const single = treeMap((p: Tensor) => cast(p, 'float32'), params)
    const { omega } = await linearizedWeights(net.apply, single, cast(x, 'float32'), representer)
    const exact = (await linearizedWeights(net.apply, params, x, representer)).omega
    expect((treeLeaves(omega) as Tensor[]).map((leaf) => leaf.dtype)).toEqual(['float32', 'float32'])
    expect(
      distance(
        treeMap((u: Tensor) => cast(u, 'float64'), omega),
        exact,
      ),
    ).toBeLessThan(1e-5)
  })

  it('a representer of another shape, and rates that are none, are refused', async () => {
    const wrong = await linearizedWeights(net.apply, params, x, normal(k2, [n, 3])).catch((e: unknown) => e)
    expect(NtkError.isInstance(wrong) && wrong.code).toBe('shape')
    const rates = (): number => -1
    const negative = await linearizedWeights(net.apply, params, x, representer, { rates }).catch(
      (e: unknown) => e,
    )
    expect(NtkError.isInstance(negative) && negative.code).toBe('value')
  })
})

test('a network of a million weights needs no Jacobian', async () => {
  const net = serial(Dense(1000), Relu(), Dense(1000), Relu(), Dense(1))
  const params = net.init(k4, [-1, 10]).params
  const rows = normal(k1, [300, 10])
  const a = normal(k2, [300, 1])
  // The Jacobian would hold 300 numbers for each of a million weights, 2.4 GB.
  const before = process.memoryUsage().arrayBuffers
  let most = 0
  const { omega } = await linearizedWeights(net.apply, params, rows, a, {
    chunk: 100,
    onProgress: () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before)
    },
  })
  expect(most).toBeLessThan(6e8)
  expect((treeLeaves(omega) as Tensor[]).reduce((total, leaf) => total + leaf.size, 0)).toBe(1_011_000)
})
