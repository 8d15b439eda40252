import { train } from '@ntk/optim'
import { type Params } from '@ntk/stax'
import { key, matmul, Tensor, tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { workOf } from '../src/papers/samarin/cost.js'
import { networkOf, pyTorchParams } from '../src/papers/samarin/networks.js'
import { missedShare, pairNumbers, powerOf } from '../src/papers/samarin/numbers.js'
import { bestRate, type PairOutput } from '../src/papers/samarin/pairs.js'
import { pyTorchSgd } from '../src/papers/samarin/train.js'
import { apartAt } from '../src/papers/samarin/trajectories.js'
import { ntk, temporaryFolder } from './support.js'

/** The layers with weights, in order. */
function affineOf(params: Params<Tensor>): { w: Tensor; b: Tensor }[] {
  if (params === null || Tensor.isInstance(params)) return []
  if ('w' in params && 'b' in params && Tensor.isInstance(params.w) && Tensor.isInstance(params.b))
    return [{ w: params.w, b: params.b }]
  return Object.values(params).flatMap(affineOf)
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1)

describe('networks of Samarin et al. 2020', () => {
  it('are drawn as PyTorch draws them: weights and biases evenly from ±1/√fanIn', () => {
    const layers = affineOf(pyTorchParams(networkOf('lenet', 4, 10), key(3), [-1, 28, 28, 1]))
    expect(layers.map(({ w }) => w.shape)).toEqual([
      [5, 5, 1, 24],
      [5, 5, 24, 64],
      [1600, 480],
      [480, 336],
      [336, 10],
    ])
    for (const { w, b } of layers) {
      const bound = 1 / Math.sqrt(sizeOf(w.shape.slice(0, -1)))
      for (const [values, least] of [
        [w, 0.97],
        [b, 0.6],
      ] as const) {
        const largest = [...values.dataSync()].reduce((most, one) => Math.max(most, Math.abs(one)), 0)
        expect(largest).toBeLessThanOrEqual(bound * (1 + 1e-6))
        expect(largest).toBeGreaterThan(least * bound)
        expect(values.dtype).toBe('float32')
      }
    }
  })

  it.each([
    ['lenet', 1, 28, 1, 61_706],
    ['lenet', 2, 14, 1, undefined],
    ['alexnet', 0.125, 64, 3, undefined],
  ] as const)(
    '%s ×%d has the parameters that its time is estimated by',
    (name, factor, side, channels, known) => {
      const layers = affineOf(pyTorchParams(networkOf(name, factor, 10), key(0), [-1, side, side, channels]))
      const weights = layers.reduce((sum, { w }) => sum + sizeOf(w.shape), 0)
      expect(workOf(name, factor, side, channels).parameters).toBe(weights)
      const biases = layers.reduce((sum, { b }) => sum + sizeOf(b.shape), 0)
      if (known !== undefined) expect(weights + biases).toBe(known)
    },
  )

  it('are trained by SGD as PyTorch has it, the rate outside of the velocity', async () => {
    const x = tensor([[1], [2]])
    const y = tensor([[1], [-1]])
    const config = { epochs: 6, batch: 2, momentum: 0.9, dropEvery: 2 }
    const { params } = await train({
      apply: (w: Tensor, inputs: Tensor) => matmul(inputs, w),
      params: tensor([[0.3]]),
      x,
      y,
      loss: 'sum',
      optimizer: pyTorchSgd(0.05, 0.01, config, 2),
      steps: 6,
      batchSize: 2,
      key: key(0),
    })
    let [w, v] = [0.3, 0]
    for (let step = 0; step < 6; step++) {
      const gradient = 1 * (w - 1) + 2 * (2 * w + 1)
      v = 0.9 * v + gradient + 0.01 * w
      w -= 0.05 * 0.1 ** Math.floor(step / 2) * v
    }
    expect(params.dataSync()[0]).toBeCloseTo(w, 12)
  })
})

const pair = (factor: number, network: number, linearized: number): PairOutput => ({
  values: {
    factor,
    rate: 0.1,
    network: { train: network, test: network },
    linearized: { train: linearized, test: linearized },
    faster: null,
  },
  arrays: {},
})

describe('numbers of pairs', () => {
  it('are gaps by width, and lines over the logarithm of the factor for each network', () => {
    const pairs = [pair(1, 90, 50), pair(1, 91, 53), pair(4, 94, 70), pair(4, 95, 75)]
    const { byFactor, perDoubling } = pairNumbers(pairs, [4, 1], 10)
    expect(byFactor.map(({ factor, gap }) => [factor, gap.test.mean])).toEqual([
      [1, 39],
      [4, 22],
    ])
    expect(perDoubling?.linearized.mean).toBeCloseTo((10 + 11) / 2, 12)
    expect(perDoubling?.missed.mean).toBeCloseTo((24 / 84 - 40 / 80 + (20 / 85 - 38 / 81)) / 4, 12)
    expect(missedShare(90, 50, 10)).toBe(0.5)
    expect(missedShare(11, 10, 10)).toBeNaN()
  })

  it('have no error bar where networks have not begun to learn', () => {
    const { byFactor } = pairNumbers([pair(1, 12, 10), pair(1, 13, 10)], [1], 10)
    expect(byFactor[0]?.gap.test.error).toBeNaN()
  })

  it('take the rate that gets the most right, of those that converge', () => {
    const found = [
      { rate: 1, test: null },
      { rate: 0.1, test: 95 },
      { rate: 0.01, test: 96 },
    ]
    expect(bestRate(found)).toBe(0.01)
    expect(bestRate([{ rate: 1, test: null }])).toBeUndefined()
  })

  it('of trajectories are taken where outputs have moved as far', () => {
    const values = { factor: 1, moved: [0, 0.2, 0.6], apart: [0, 0.1, 0.5] }
    expect(apartAt(values, 0.4)).toBeCloseTo(0.3 / 0.4, 12)
    expect(apartAt(values, 0.7)).toBeNaN()
    const byFactor = [1, 2, 4].map((factor) => ({ factor, values: [3 * factor ** 0.5, 5 * factor ** 0.7] }))
    expect(powerOf(byFactor)?.mean).toBeCloseTo(0.6, 12)
  })
})

describe('experiments of Samarin et al. 2020 refuse by name', () => {
  it.each([
    [['samarin-3', '--data', 'glyphs', '--set', 'resize=8'], 'LeNet takes images of at least 12 × 12'],
    [['samarin-6', '--data', 'mnist', '--set', 'resize=none'], 'AlexNet takes images of at least 57 × 57'],
    [['samarin-6', '--data', './none'], 'could not be read'],
    [['samarin-table', '--data', './none'], 'must be a list of data sets, for LeNet'],
  ])('%j', async (args, says) => {
    const ran = await ntk(['experiment', 'run', ...args, '--preset', 'quick'], { cwd: temporaryFolder() })
    expect([ran.code, ran.stderr.includes(says)]).toEqual([2, true])
  })
})
