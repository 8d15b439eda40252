import { gradientDescentMse } from '@ntk/dynamics'
import { empiricalNtkFn } from '@ntk/kernels-empirical'
import { fullyConnected } from '@ntk/stax'
import { abs, key, max, mean, normal, sub, type Tensor, tensor } from '@ntk/tensor'
import { describe, expect, it } from 'vitest'
import { kernelDistance } from '../src/commands/dynamics/kernel-distance.js'
import { steppedTestOutputs } from '../src/commands/dynamics/stepped.js'
import { fitPowerLaw, fitPowerLawOfSamples } from '../src/measures/power-law.js'

const furthest = (a: Tensor, b: Tensor): number => max(abs(sub(a, b))).item()

describe('the prediction of the sweep, step by step', () => {
  const net = fullyConnected([16], 3, { wStd: 1.4, bStd: 0.1 })
  const [x, xTest] = [normal(key(0), [9, 5]), normal(key(1), [6, 5])]
  const { params } = net.init(key(2), x.shape)
  const yTrain = normal(key(3), [9, 3])
  const outputs = { fTrain: net.apply(params, x), fTest: net.apply(params, xTest), yTrain }

  it.each([
    ['all pairs of outputs', {}, 0],
    ['all pairs of outputs, with momentum', {}, 0.7],
    ['the mean over outputs', { traceAxes: [-1] }, 0],
  ] as const)('is the closed form, with kernels of %s', async (_name, options, momentum) => {
    const ntk = empiricalNtkFn(net.apply, options)
    const [trainTrain, testTrain] = [await ntk(x, null, params), await ntk(xTest, x, params)]
    const stepped = steppedTestOutputs({ ...outputs, trainTrain, testTrain }, 1.3, 40, momentum)
    const predict = gradientDescentMse(trainTrain, yTrain, { learningRate: 1.3, dynamics: 'steps', momentum })
    const { test } = predict({ t: 40, fTrain0: outputs.fTrain, fTest0: outputs.fTest, kTestTrain: testTrain })
    expect(furthest(stepped, test)).toBeLessThan(1e-10)
    expect(furthest(stepped, outputs.fTest)).toBeGreaterThan(0.01)
  })
})

describe('the distance of a kernel from infinite width', () => {
  const infinite = tensor([
    [2, 1],
    [1, 2],
  ])

  it('is nothing where outputs have that kernel each and none between them', () => {
    const own = tensor([2, 1, 1, 2].flatMap((v) => [v, 0, 0, v])).dataSync()
    const kernel = tensor(Array.from(own))
    expect(kernelDistance(shaped(kernel), infinite)).toBe(0)
    expect(kernelDistance(infinite, infinite)).toBe(0)
  })

  it('counts what is off, also between outputs, of the size of the kernel', () => {
    const values = [2, 1, 1, 2].flatMap((v) => [v, 0.5, 0, v])
    // Four entries of 1/2 off; the kernel of both outputs has the squares 2 (4 + 1 + 1 + 4).
    expect(kernelDistance(shaped(tensor(values)), infinite)).toBeCloseTo(Math.sqrt(1 / 20), 12)
  })
})

function shaped(flat: Tensor): Tensor {
  const data = flat.dataSync()
  return tensor(
    [0, 1].map((i) =>
      [0, 1].map((j) => [0, 1].map((a) => [0, 1].map((b) => data[8 * i + 4 * j + 2 * a + b] ?? 0))),
    ),
  )
}

describe('a power law through several networks a size', () => {
  const sizes = [64, 128, 256, 512, 1024]
  const draws = normal(key(5), [400, sizes.length, 4]).toNested() as number[][][]

  it('has an error bar that holds the truth: within two of them in about 95 of 100 cases', () => {
    const off = draws.map((draw) => {
      const samples = sizes.map((size, i) => ({
        size,
        values: (draw[i] ?? []).map((z) => 3 * size ** -0.5 * Math.exp(0.1 * z)),
      }))
      const { slope, slopeError } = fitPowerLawOfSamples(samples)
      return Math.abs(slope + 0.5) / slopeError
    })
    const held = off.filter((distance) => distance <= 2).length / off.length
    expect(held).toBeGreaterThan(0.93)
    expect(mean(tensor(off)).item()).toBeGreaterThan(0.3)
  })

  it('widens its error bar where no line fits, however little networks differ', () => {
    const bent = sizes.map((size) => {
      const value = size ** -0.5 * (1 + 20 / size)
      return { size, values: [value, value * 1.0001] }
    })
    const { slopeError } = fitPowerLawOfSamples(bent)
    const centres = fitPowerLaw(bent.map(({ size, values: [value = 0] }) => ({ size, value })))
    expect(slopeError).toBeCloseTo(centres.slopeError, 3)
    expect(slopeError).toBeGreaterThan(0.01)
  })
})
