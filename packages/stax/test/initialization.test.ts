import { kernelFn } from '@ntk/kernels-analytic'
import { key, normal, type Tensor } from '@ntk/tensor'
import { describe, expect, test } from 'vitest'
import {
  type AffineOptions,
  Conv,
  ConvLocal,
  ConvTranspose,
  Dense,
  fromSpec,
  type Layer,
  Relu,
  serial,
} from '../src/index.js'
import { close, messageOf } from './helpers.js'

type Make = (options: AffineOptions) => Layer

const layers: readonly (readonly [string, Make, readonly number[], number])[] = [
  ['Dense', (options) => Dense(400, options), [-1, 50], 50],
  ['Conv', (options) => Conv(400, [3, 2], options), [-1, 4, 4, 10], 60],
  ['ConvLocal', (options) => ConvLocal(40, [3, 2], options), [-1, 6, 6, 10], 60],
  ['ConvTranspose', (options) => ConvTranspose(400, [3, 2], options), [-1, 4, 4, 10], 60],
]

const drawn = (layer: Layer, shape: readonly number[], seed = 3): { w: Tensor; b: Tensor } =>
  layer.init(key(seed), shape).params as { w: Tensor; b: Tensor }

interface Moments {
  readonly mean: number
  readonly variance: number
  /** The fourth moment over the square of the second: 3 of a normal distribution, 9/5 of a uniform one. */
  readonly kurtosis: number
  readonly largest: number
  readonly n: number
}

function momentsOf(x: Tensor): Moments {
  const numbers = Array.from(x.dataSync(), Number)
  const n = numbers.length
  const moment = (power: number): number => numbers.reduce((total, v) => total + v ** power, 0) / n
  const largest = numbers.reduce((most, v) => Math.max(most, Math.abs(v)), 0)
  return { mean: moment(1), variance: moment(2), kurtosis: moment(4) / moment(2) ** 2, largest, n }
}

describe.each(layers)('%s', (_, make, shape, fanIn) => {
  test.each([
    ['ntk', 1, 1],
    ['standard', 1.5 / Math.sqrt(fanIn), 0.4],
  ] as const)('draws uniform numbers of the variances of %s', (parameterization, wStd, bStd) => {
    const options = { wStd: 1.5, bStd: 0.4, parameterization } as const
    const { w, b } = drawn(make({ ...options, initialization: 'uniform' }), shape)
    for (const [x, std] of [
      [w, wStd],
      [b, bStd],
    ] as const) {
      const { mean, variance, kurtosis, largest, n } = momentsOf(x)
      expect(Math.abs(mean)).toBeLessThan((4.5 * std) / Math.sqrt(n))
      // The variance of x² is 4/5 of the square of that of x.
      expect(Math.abs(variance / std ** 2 - 1)).toBeLessThan(4.5 * Math.sqrt(0.8 / n))
      expect(Math.abs(kurtosis - 1.8)).toBeLessThan(6 / Math.sqrt(n))
      expect(largest).toBeLessThanOrEqual(Math.sqrt(3) * std)
      expect(largest).toBeGreaterThan(Math.sqrt(3) * std * (1 - 8 / n))
    }
    const plain = drawn(make({ ...options, initialization: 'normal' }), shape)
    expect(momentsOf(plain.w).kurtosis).toBeGreaterThan(2.7)
    close(drawn(make(options), shape).w, plain.w.toNested(), 0)
  })

  test('draws the same numbers from the same key, float32 too', () => {
    const layer = make({ bStd: 0.4, initialization: 'uniform' })
    const [one, same, other] = [3, 3, 4].map((seed) => drawn(layer, shape, seed).w.dataSync())
    expect(one).toEqual(same)
    expect(one).not.toEqual(other)
    const single = layer.init(key(3), shape, { dtype: 'float32' }).params as { w: Tensor }
    expect(single.w.dtype).toBe('float32')
    expect(momentsOf(single.w).largest).toBeLessThanOrEqual(Math.fround(Math.sqrt(3)))
  })
})

describe.each(['ntk', 'standard'] as const)('in the %s parameterization', (parameterization) => {
  const netOf = (initialization: 'normal' | 'uniform', width: number): Layer => {
    const options = { wStd: 1.4, bStd: 0.3, parameterization, initialization } as const
    return serial(Dense(width, options), Relu(), Dense(width, options), Relu(), Dense(1, options))
  }
  const x = normal(key(5), [3, 12])

  test('infinite networks do not know how weights are drawn', async () => {
    const [uniform, plain] = [netOf('uniform', 64), netOf('normal', 64)]
    for (const get of ['nngp', 'ntk'] as const) {
      const want = await kernelFn(plain)(x, null, { get })
      close(await kernelFn(uniform)(x, null, { get }), want.toNested(), 0)
    }
  })
})

test('specs hold it, and refuse other words', () => {
  const layer = Dense(4, { initialization: 'uniform' })
  expect(layer.spec).toEqual(['Dense', { out: 4, initialization: 'uniform' }])
  expect(Dense(4, { initialization: 'normal' }).spec).toEqual(['Dense', { out: 4 }])
  const [again, own] = [fromSpec(layer.spec), layer].map((net) => drawn(net, [-1, 3]).w)
  close(again as Tensor, (own as Tensor).toNested(), 0)
  expect(messageOf(() => fromSpec(['Dense', { out: 4, initialization: 'unifrom' }]))).toMatch(
    /spec: .*initialization.*"uniform"/s,
  )
})
